//! French, of the dialog that scans codes.

use crate::ui::i18n::Scan;

pub(super) static SCAN: Scan = Scan {
    person_title: "Scanner son code",
    device_title: "Scanner le code du nouvel appareil",
    number_title: "Scanner pour comparer",
    // The camera.
    asking: "Votre navigateur demande si X Chat peut utiliser la caméra.",
    looking: "Recherche d’un code",
    denied: "La caméra est désactivée pour cette page. Activez-la dans la barre d’adresse, puis réessayez. Ou choisissez une image.",
    missing: "Aucune caméra trouvée. Branchez-en une et réessayez, ou choisissez une image.",
    busy: "La caméra est indisponible pour le moment. Fermez les autres applications qui l’utilisent, puis réessayez.",
    insecure: "Les navigateurs ne donnent la caméra qu’aux pages sécurisées. Ouvrez X Chat à une adresse qui commence par https://, ou choisissez une image.",
    paused: "La caméra a été coupée pendant votre absence.",
    go_on: "Rallumer la caméra",
    try_again: "Réessayer",
    promise: "Ce que voit la caméra reste sur cet appareil.",
    // Other ways.
    choose: "Choisir une image",
    reading: "Lecture de l’image…",
    paste: "Coller plutôt un lien",
    by_eye: "Comparer plutôt à l’œil",
    // Codes and pictures that are of no use.
    foreign: "Ce n’est pas un code X Chat.",
    of_person: "Ce code ajoute une personne ou un groupe. Ouvrez Nouvelle discussion pour le scanner.",
    of_device: "Ce code associe un appareil. Ouvrez Réglages, puis Appareils, pour le scanner.",
    of_number: "Ce code compare des numéros de sécurité. Ouvrez la page de cette personne pour le scanner.",
    own: "C’est votre propre code. Scannez celui de l’autre écran.",
    no_code: "Aucun code trouvé dans cette image.",
    too_large: "Cette image est trop grande. Choisissez-en une plus petite.",
    unreadable: "Cette image est illisible. Choisissez un fichier PNG, JPEG, WebP ou GIF.",
    // Numbers that were compared.
    same: "Les numéros sont identiques",
    same_more: "Personne ne s’est glissé entre vous et {name}. Cette vérification est notée.",
    differ: "Les numéros sont différents",
    differ_more: "C’est peut-être le code d’une autre discussion. Si c’est bien celui que {name} affiche pour vous, quelqu’un s’est peut-être glissé entre vous : n’écrivez rien de secret ici. Rien n’a été marqué.",
    again: "Scanner à nouveau",
    done: "Terminé",
};
