//! French, as parts of the page say it.

use crate::ui::i18n::Later;

pub(super) static LATER: Later = Later {
    // Notifications.
    notifications: "Notifications",
    notify: "Notifications",
    notify_more: "Quand un message arrive et que sa discussion n’est pas à l’écran. X Chat doit être ouvert dans un onglet.",
    notify_denied: "Votre navigateur bloque les notifications de cette page. Autorisez-les dans les réglages de la page, à côté de l’adresse, puis revenez.",
    notify_missing: "Ce navigateur n’affiche pas de notifications de cette page.",
    notify_sample: "Les notifications sont activées.",
    notify_sound: "Son",
    notify_sound_more: "Deux notes douces à chaque notification",
    notify_content: "Nom et message",
    notify_content_more: "Désactivé : une notification dit seulement qu’il y a un nouveau message",
    notify_note: "Ces réglages valent pour ce navigateur. Les discussions en sourdine et les demandes ne notifient jamais.",
    notify_offer: "Un message est arrivé en votre absence.",
    notify_offer_more: "La prochaine fois, une notification peut vous prévenir.",
    turn_on: "Activer",
    not_now: "Plus tard",
    new_message: "Nouveau message",
    // Emoji.
    emoji: "Émojis",
    emoji_more: "Plus d’émojis",
    emoji_find: "Trouver un émoji",
    emoji_groups: "Groupes",
    emoji_found: "Résultats",
    emoji_none: "Aucun résultat",
    emoji_last: "Utilisés récemment",
    emoji_smileys: "Visages",
    emoji_people: "Personnes",
    emoji_nature: "Nature",
    emoji_food: "Nourriture",
    emoji_places: "Lieux",
    emoji_activities: "Activités",
    emoji_objects: "Objets",
    emoji_symbols: "Symboles",
    emoji_flags: "Drapeaux",
    emoji_tone: "Couleur de peau",
    emoji_tones: ["Sans couleur de peau", "Claire", "Légèrement claire", "Moyenne", "Légèrement foncée", "Foncée"],
};
