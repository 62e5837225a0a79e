//! Samples in, a Markdown table out.

use std::fmt;

/// Times of one thing, in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// At least one.
    pub(crate) fn new(mut times: Vec<f64>) -> Self {
        assert!(!times.is_empty(), "nothing was measured");
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The smallest that at least this share (0 to 1) of them do not exceed.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    /// How many are longer.
    pub(crate) fn over(&self, limit: f64) -> usize {
        self.0.iter().filter(|time| **time > limit).count()
    }

    pub(crate) fn median(&self) -> f64 {
        self.at(0.5)
    }
}

/// What the design allows, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Budget {
    /// It says nothing of this.
    None,
    /// The median stays under it.
    Under(f64),
    /// So do the median, and 99 of 100.
    Both(f64, f64),
    /// So does the worst.
    Never(f64),
}

impl Budget {
    fn words(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Under(limit) => format!("p50 under {limit:.0}"),
            Self::Both(median, most) => format!("p50 under {median}, p99 under {most}"),
            Self::Never(limit) => format!("none over {limit}"),
        }
    }

    /// None: there is nothing to keep.
    fn kept(self, samples: &Samples) -> Option<bool> {
        match self {
            Self::None => None,
            Self::Under(limit) => Some(samples.median() < limit),
            Self::Both(median, most) => Some(samples.median() < median && samples.at(0.99) < most),
            Self::Never(limit) => Some(samples.at(1.0) <= limit),
        }
    }
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 9]>,
    over: Vec<String>,
    notes: Vec<String>,
}

impl Table {
    /// Adds what was measured. `beside` compares with something else of the same run.
    pub(crate) fn add(&mut self, what: &str, samples: &Samples, budget: Budget, beside: &str) {
        let figure = |share: f64| format!("{:.1}", samples.at(share));
        let verdict = match budget.kept(samples) {
            None => "",
            Some(true) => "kept",
            Some(false) => "**over**",
        };
        if budget.kept(samples) == Some(false) {
            self.over.push(what.to_owned());
        }
        // Said at once, too: what comes later may fail.
        eprintln!("    {what}: p50 {}, worst {} ms; {beside}", figure(0.5), figure(1.0));
        let figures = [figure(0.5), figure(0.95), figure(0.99), figure(1.0)];
        let [p50, p95, p99, worst] = figures;
        let (what, runs) = (what.to_owned(), samples.0.len().to_string());
        self.rows.push([what, runs, p50, p95, p99, worst, budget.words(), verdict.to_owned(), beside.to_owned()]);
    }
}

impl Table {
    /// Adds a finding that is no time.
    pub(crate) fn note(&mut self, words: &str) {
        eprintln!("    {words}");
        self.notes.push(words.to_owned());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | runs | p50, ms | p95, ms | p99, ms | worst, ms | budget, ms | verdict | beside it |")?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|---|---|---|")?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        match &self.over[..] {
            [] => writeln!(f, "\nEvery budget of this table was kept."),
            over => writeln!(f, "\nOver the budget: {}.", over.join("; ")),
        }
    }
}
