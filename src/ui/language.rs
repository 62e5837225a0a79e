//! The page's language as a choice of its person. A change builds the views anew; what the session holds stays.

use leptos::prelude::*;

use super::browser::focus;
use super::browser::prefs::{self, Language};
use super::i18n::{self, Lang};

/// The handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UseLanguage(RwSignal<Lang>);

impl UseLanguage {
    /// Reads what was chosen before.
    pub(crate) fn new() -> Self {
        let language = Self(RwSignal::new(resolve(prefs::language())));
        language.show();
        language
    }

    /// Tracked: the language now.
    pub(crate) fn get(self) -> Lang {
        self.0.get()
    }

    /// Keeps the choice and speaks it.
    pub(crate) fn choose(self, choice: Language) {
        prefs::set_language(choice);
        let lang = resolve(choice);
        if lang == self.0.get_untracked() {
            return;
        }
        self.0.set(lang);
        self.show();
        // The control that was used is built anew with everything else.
        request_animation_frame(|| focus::focus_on("input[name='language']:checked"));
    }

    fn show(self) {
        let lang = self.0.get_untracked();
        i18n::speak(lang);
        if let Some(root) = document().document_element()
            && root.set_attribute("lang", lang.tag()).is_err()
        {
            leptos::logging::warn!("the page's language was not set");
        }
    }
}

fn resolve(choice: Language) -> Lang {
    match choice {
        Language::English => Lang::English,
        Language::French => Lang::French,
        Language::System => {
            let wanted = prefs::wanted_languages();
            Lang::pick(wanted.iter().map(String::as_str))
        }
    }
}
