//! The parser's events, folded into the tree.

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::{MAX_DEPTH, Part, Span, linkify, links::misleads, mention::mentioned, safe_href};
use crate::api::PersonId;

/// What is open while reading: a container of blocks, of items, of rows or of spans.
#[derive(Debug)]
enum Open {
    Quote(Vec<Part>),
    List(Option<u64>, Vec<Vec<Part>>),
    Item(Vec<Part>, Vec<Span>),
    Table(Vec<Vec<Vec<Span>>>),
    Row(Vec<Vec<Span>>),
    Words(WordsKind, Vec<Span>),
    Code(String, String),
    /// Dropped: unknown, or nested too deep. Its content goes to what is around it.
    Nothing,
}

#[derive(Debug, Clone)]
enum WordsKind {
    Paragraph,
    Heading,
    Cell,
    Emphasis,
    Strong,
    Struck,
    Link(Option<String>),
    Mention(PersonId),
}

#[derive(Debug, Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    parts: Vec<Part>,
    loose: Vec<Span>,
}

impl Builder {
    pub(super) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.span(Span::Code(code.into_string())),
            Event::Html(html) | Event::InlineHtml(html) => self.lines(&html),
            Event::SoftBreak | Event::HardBreak => self.span(Span::Break),
            Event::Rule => self.part(Part::Rule),
            // Of extensions that are not switched on.
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let nested = self.open.iter().filter(|open| !matches!(open, Open::Nothing)).count();
        let open = match tag {
            // Lists and tables bring their own inner levels, so they need room for them.
            _ if nested >= MAX_DEPTH && !matches!(tag, Tag::Item | Tag::TableRow | Tag::TableHead | Tag::TableCell) => {
                match tag {
                    Tag::Paragraph | Tag::HtmlBlock => Open::Words(WordsKind::Paragraph, Vec::new()),
                    _ => Open::Nothing,
                }
            }
            Tag::Paragraph | Tag::HtmlBlock => Open::Words(WordsKind::Paragraph, Vec::new()),
            Tag::Heading { .. } => Open::Words(WordsKind::Heading, Vec::new()),
            Tag::BlockQuote(_) => Open::Quote(Vec::new()),
            Tag::CodeBlock(kind) => Open::Code(language(&kind), String::new()),
            Tag::List(start) => Open::List(start, Vec::new()),
            Tag::Item if self.in_list() => Open::Item(Vec::new(), Vec::new()),
            Tag::Table(_) => Open::Table(Vec::new()),
            Tag::TableHead | Tag::TableRow if matches!(self.open.last(), Some(Open::Table(_))) => Open::Row(Vec::new()),
            Tag::TableCell if matches!(self.open.last(), Some(Open::Row(_))) => {
                Open::Words(WordsKind::Cell, Vec::new())
            }
            Tag::Emphasis => Open::Words(WordsKind::Emphasis, Vec::new()),
            Tag::Strong => Open::Words(WordsKind::Strong, Vec::new()),
            Tag::Strikethrough => Open::Words(WordsKind::Struck, Vec::new()),
            Tag::Link { dest_url, .. } => {
                let kind =
                    mentioned(&dest_url).map_or_else(|| WordsKind::Link(safe_href(&dest_url)), WordsKind::Mention);
                Open::Words(kind, Vec::new())
            }
            Tag::Image { dest_url, .. } => Open::Words(WordsKind::Link(safe_href(&dest_url)), Vec::new()),
            _ => Open::Nothing,
        };
        self.open.push(open);
    }

    fn in_list(&self) -> bool {
        matches!(self.open.last(), Some(Open::List(..)))
    }

    fn end(&mut self, _: TagEnd) {
        match self.open.pop() {
            None | Some(Open::Nothing) => {}
            Some(Open::Quote(parts)) => self.part(Part::Quote(parts)),
            Some(Open::List(start, items)) => self.part(Part::List { start, items }),
            Some(Open::Item(mut parts, loose)) => {
                flush(&mut parts, loose);
                match self.open.last_mut() {
                    Some(Open::List(_, items)) => items.push(parts),
                    _ => parts.into_iter().for_each(|part| self.part(part)),
                }
            }
            Some(Open::Table(rows)) => self.part(Part::Table(rows)),
            Some(Open::Row(cells)) => match self.open.last_mut() {
                Some(Open::Table(rows)) => rows.push(cells),
                _ => cells.into_iter().flatten().for_each(|span| self.span(span)),
            },
            Some(Open::Code(language, text)) => self.part(Part::Code { language, text }),
            Some(Open::Words(kind, spans)) => self.words(kind, spans),
        }
    }

    fn words(&mut self, kind: WordsKind, spans: Vec<Span>) {
        match kind {
            WordsKind::Paragraph => self.part(Part::Paragraph(trimmed(spans))),
            WordsKind::Heading => self.part(Part::Heading(spans)),
            WordsKind::Cell => match self.open.last_mut() {
                Some(Open::Row(cells)) => cells.push(spans),
                _ => spans.into_iter().for_each(|span| self.span(span)),
            },
            WordsKind::Emphasis => self.span(Span::Emphasis(spans)),
            WordsKind::Strong => self.span(Span::Strong(spans)),
            WordsKind::Struck => self.span(Span::Struck(spans)),
            WordsKind::Mention(person) => {
                let mut name = String::new();
                super::plain_spans(&spans, &mut name);
                self.span(Span::Mention { person, name });
            }
            WordsKind::Link(Some(href)) => {
                let mut words = String::new();
                super::plain_spans(&spans, &mut words);
                let spans = match words.trim().is_empty() || misleads(&words, &href) {
                    true => vec![Span::Text(href.clone())],
                    false => spans,
                };
                self.span(Span::Link { href, spans });
            }
            WordsKind::Link(None) => spans.into_iter().for_each(|span| self.span(span)),
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(Open::Code(_, code)) = self.open.last_mut() {
            code.push_str(text);
            return;
        }
        let linked = self
            .open
            .iter()
            .any(|open| matches!(open, Open::Words(WordsKind::Link(Some(_)) | WordsKind::Mention(_), _)));
        if linked {
            self.raw(text);
        } else {
            linkify(text).into_iter().for_each(|span| self.span(span));
        }
    }

    /// Shown as typed, line by line.
    fn lines(&mut self, text: &str) {
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.span(Span::Break);
            }
            if !line.is_empty() {
                self.raw(line);
            }
        }
    }

    fn raw(&mut self, text: &str) {
        self.span(Span::Text(text.to_owned()));
    }

    /// Adds a stretch to the innermost container that takes one.
    fn span(&mut self, span: Span) {
        let takes = self.open.iter_mut().rev().find_map(|open| match open {
            Open::Words(_, spans) | Open::Item(_, spans) => Some(spans),
            _ => None,
        });
        let spans = takes.unwrap_or(&mut self.loose);
        if let (Some(Span::Text(before)), Span::Text(more)) = (spans.last_mut(), &span) {
            before.push_str(more);
        } else {
            spans.push(span);
        }
    }

    /// Adds a block to the innermost container that takes one.
    fn part(&mut self, part: Part) {
        for open in self.open.iter_mut().rev() {
            match open {
                Open::Quote(parts) => return parts.push(part),
                Open::Item(parts, loose) => {
                    flush(parts, std::mem::take(loose));
                    return parts.push(part);
                }
                _ => {}
            }
        }
        flush(&mut self.parts, std::mem::take(&mut self.loose));
        self.parts.push(part);
    }

    pub(super) fn finish(mut self) -> Vec<Part> {
        while !self.open.is_empty() {
            self.end(TagEnd::Paragraph);
        }
        flush(&mut self.parts, std::mem::take(&mut self.loose));
        self.parts
    }
}

/// A paragraph of what stands loose, if anything does.
fn flush(parts: &mut Vec<Part>, loose: Vec<Span>) {
    if !loose.is_empty() {
        parts.push(Part::Paragraph(loose));
    }
}

/// A line without breaks at its end.
fn trimmed(mut spans: Vec<Span>) -> Vec<Span> {
    while matches!(spans.last(), Some(Span::Break)) {
        spans.pop();
    }
    spans
}

fn language(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default().to_owned(),
        CodeBlockKind::Indented => String::new(),
    }
}
