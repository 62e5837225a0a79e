//! The page's language as a choice of its person. A change builds the views anew; what the session holds stays.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser::focus;
use super::browser::prefs::{self, Language};
use super::i18n::{self, Lang, text};
use super::session::Session;

/// The handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UseLanguage(RwSignal<Lang>);

impl UseLanguage {
    /// Reads what was chosen before. What did not come is not spoken.
    pub(crate) fn new() -> Self {
        let lang = wanted();
        let language = Self(RwSignal::new(if lang.is_here() { lang } else { Lang::English }));
        language.show();
        language
    }

    /// Tracked: the language now.
    pub(crate) fn get(self) -> Lang {
        self.0.get()
    }

    /// Keeps the choice and speaks it, once its sentences are here. They may not come: then it is spoken when the page is next opened.
    pub(crate) fn choose(self, choice: Language, session: Session) {
        prefs::set_language(choice);
        spawn_local(async move {
            let lang = wanted();
            if !i18n::fetch(lang).await {
                session.toast(text().part_offline.to_owned());
            } else if lang == wanted() && lang != self.0.get_untracked() {
                self.0.set(lang);
                self.show();
                session.speaks_anew();
                // The control that was used is built anew with everything else.
                request_animation_frame(|| focus::focus_on("input[name='language']:checked"));
            }
        });
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

/// The language that is to be spoken.
pub(crate) fn wanted() -> Lang {
    match prefs::language() {
        Language::English => Lang::English,
        Language::French => Lang::French,
        Language::System => {
            let wanted = prefs::wanted_languages();
            Lang::pick(wanted.iter().map(String::as_str))
        }
    }
}
