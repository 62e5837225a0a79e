//! Files on this device: how much of them is kept, what comes by itself, and a way to be rid of them.

use leptos::prelude::*;

use crate::ui::browser::room::size;
use crate::ui::files::{TaskState, Usage, keep, use_files};
use crate::ui::i18n::{fill, later};
use crate::ui::session::use_session;
use crate::ui::widgets::choice::Choice;
use crate::ui::widgets::dialog::Confirm;

/// The section. `on_freed`: something is gone from the disk.
#[component]
pub(super) fn FilesSection(
    on_freed: Callback<()>,
    /// Bytes that the browser gives in all, as soon as it has said so.
    #[prop(into)]
    room: Signal<Option<f64>>,
) -> impl IntoView {
    let session = use_session();
    let t = later();
    let files = use_files();
    // What is asked for lives as long as the section, not as the dialog in which it was.
    let owner = StoredValue::new(Owner::current().unwrap_or_default());
    let usage = RwSignal::new_local(files.usage());
    let look = move || usage.set(owner.with_value(|owner| owner.with(|| files.usage())));
    let after = move |done: Result<(), ()>| {
        look();
        match done {
            Ok(()) => on_freed.run(()),
            Err(()) => session.toast(t.files_failed.to_owned()),
        }
    };
    let clearing = RwSignal::new(false);
    let close = Callback::new(move |()| clearing.set(false));
    let clear = move |()| {
        clearing.set(false);
        owner.with_value(|owner| owner.with(|| watch(files.clear().state, after)));
    };
    // What was known last stands until more is: the button keeps its place, and the focus.
    let found = Memo::new(move |before: Option<&Option<Usage>>| {
        usage.get().state.with(|state| match state {
            TaskState::Done(usage) => Some(*usage),
            _ => before.copied().flatten(),
        })
    });
    let known = Memo::new(move |_| found.get().is_some());
    let words = move || {
        let found = found.get()?;
        Some(fill(t.files_used, &[("used", &size(found.bytes as f64)), ("room", &size(found.limit as f64))]))
    };
    let nothing = move || found.get().is_none_or(|found| found.bytes == 0);
    let held = move || {
        known.get().then(|| {
            view! {
                <div class="setting">
                    <span class="setting__body">
                        <span class="setting__name">{words}</span>
                    </span>
                    <button
                        class="button button--sm"
                        type="button"
                        aria-disabled=move || nothing().then_some("true")
                        aria-label=t.files_clear_all
                        on:click=move |_| clearing.set(!untrack(nothing))
                    >
                        {t.clear}
                    </button>
                </div>
            }
        })
    };
    let most = RwSignal::new(keep::most());
    let choose_most = Callback::new(move |megabytes: Option<u64>| {
        most.set(megabytes);
        owner.with_value(|owner| owner.with(|| watch(files.keep_most(megabytes).state, after)));
    });
    // What is in force, where the browser has less room. As it was measured, not as soon as something else is chosen.
    let less = Memo::new(move |_| {
        let limit = found.get()?.limit;
        (limit < keep::most_wanted()).then_some(limit)
    });
    let less = move || {
        let words = less.get().map(|limit| fill(t.files_most_less, &[("room", &size(limit as f64))]))?;
        Some(view! { <span class="setting__sub">{words}</span> })
    };
    let sizes = t.files_sizes;
    // No more is offered than the browser has, but for what was chosen before.
    let offered = Memo::new(move |_| {
        let fits = |bytes: u64| room.get().is_none_or(|room| bytes as f64 <= room);
        let all = [(Some(250), sizes[3]), (None, sizes[4]), (Some(4000), sizes[5]), (Some(16_000), sizes[6])];
        let offers =
            |(of, _): &(Option<u64>, _)| of.is_none_or(|of| fits(of * 1_000_000)) || *of == most.get_untracked();
        all.into_iter().filter(offers).collect::<Vec<_>>()
    });
    let by_itself = RwSignal::new(keep::by_itself());
    let choose_by_itself = Callback::new(move |megabytes: u64| {
        by_itself.set(megabytes);
        keep::choose_by_itself(megabytes);
    });
    view! {
        <section class="section">
            <h2 class="section__title">{t.files_section}</h2>
            <div class="section__card">
                {held}
                <div class="setting setting--choice">
                    <span class="setting__body">
                        <span class="setting__name">{t.files_most}</span>
                        <span class="setting__sub">{t.files_most_more}</span>
                        {less}
                    </span>
                    {move || view! {
                        <Choice
                            name="files-most"
                            label=t.files_most
                            options=offered.get()
                            value=most
                            on_choose=choose_most
                        />
                    }}
                </div>
                <div class="setting setting--choice">
                    <span class="setting__body">
                        <span class="setting__name">{t.files_by_itself}</span>
                        <span class="setting__sub">{t.files_by_itself_more}</span>
                    </span>
                    <Choice
                        name="files-by-itself"
                        label=t.files_by_itself
                        options=vec![(0, t.files_never), (1, sizes[0]), (8, sizes[1]), (64, sizes[2])]
                        value=by_itself
                        on_choose=choose_by_itself
                    />
                </div>
            </div>
            <p class="section__note">{t.files_note}</p>
        </section>
        {move || clearing.get().then(|| view! {
            <Confirm
                title=t.files_clear_title
                sentence=t.files_clear_sentence
                action=t.clear
                on_confirm=clear
                on_close=close
            />
        })}
    }
}

/// Hears how it ends, as long as the page stands.
fn watch(state: RwSignal<TaskState<()>, LocalStorage>, ended: impl Fn(Result<(), ()>) + Copy + 'static) {
    Effect::new(move |over: Option<bool>| {
        let end = state.with(|state| match state {
            TaskState::Working { .. } => None,
            TaskState::Done(()) => Some(Ok(())),
            TaskState::Failed(_) => Some(Err(())),
        });
        match end {
            Some(end) if over != Some(true) => {
                untrack(|| ended(end));
                true
            }
            _ => over.unwrap_or_default(),
        }
    });
}
