//! French, of Help and About.

use crate::ui::i18n::Help;

pub(super) static HELP: Help = Help {
    // Help.
    help: "Aide",
    help_more: "Ce qui est protégé, et ce qui ne l’est pas",
    topics: [
        (
            "Ce que veut dire ici le chiffrement de bout en bout",
            &[
                "Votre navigateur crée vos clés et chiffre chaque message avant qu’il ne parte. Seuls les appareils des personnes de la discussion peuvent le lire. Le serveur transmet ce qu’il ne peut pas ouvrir.",
                "La méthode est MLS, un standard ouvert (RFC 9420). Les clés sont convenues de deux façons à la fois, X25519 et ML-KEM-768 : ce que l’on enregistre aujourd’hui reste fermé à un ordinateur quantique tant que les deux ne sont pas cassées. Les signatures sont de type classique. Un tel ordinateur pourrait se faire passer pour quelqu’un dans de nouvelles discussions, mais pas ouvrir les anciennes.",
                "La clé d’un message disparaît dès qu’elle a servi, et chaque appareil renouvelle les siennes à peu près chaque semaine où il est en ligne. Qui vole un appareil peut lire ce qui y est enregistré, mais pas ouvrir ce qu’il avait intercepté avant.",
                "L’application elle-même vient du serveur. Qui le contrôle pourrait vous en servir une autre, et rien dans le navigateur ne le remarquerait. S’il vous faut davantage, faites tourner votre propre serveur. Personne d’extérieur au projet n’a encore examiné X Chat.",
            ],
        ),
        (
            "Ce que voit le serveur",
            &[
                "Il voit votre adresse réseau, quand vous êtes connecté, et que l’on écrit dans une discussion : quand, combien par paliers arrondis, et quelles connexions y écrivent et lisent. Il peut en déduire qui parle à qui. Seul un réseau qui cache où vous êtes aide contre cela.",
                "Il ne voit ni ce que vous écrivez, ni les noms, ni les photos, ni les membres d’un groupe, ni vos 12 mots. Qui lui donne votre lien lui montre ce qu’il y a sur votre carte.",
                "Il peut retenir des messages, les retarder ou les perdre. S’il montre à deux personnes des historiques différents d’une discussion, X Chat le remarque souvent et le dit. Il ne remarque pas que les tout derniers messages sont retenus.",
            ],
        ),
        (
            "Ce que sont les 12 mots",
            &[
                "Toutes les clés de votre identité en viennent. Écrivez-les sur papier et ne les montrez à personne : qui les a peut être vous, et personne ne peut vous en donner d’autres.",
                "Une fois que vous les avez vérifiés, cet appareil oublie les mots. Il garde les clés, pour pouvoir continuer.",
                "On ne peut pas encore retrouver un compte à partir des mots. Un deuxième appareil est ce qui vous protège de la perte du premier.",
            ],
        ),
        (
            "À quoi sert de comparer le numéro de sécurité",
            &[
                "Un nom est ce que son propriétaire prétend. Le numéro de sécurité est fait de votre identité et de la sienne. Si vous voyez tous deux les mêmes chiffres, personne ne se tient entre vous.",
                "Scannez le code sur son écran, ou comparez les chiffres lors d’un appel de confiance, pas dans la discussion elle-même. Il dit à qui vous parlez. Il ne dit pas que son appareil est sûr, ni que cette personne garde pour elle ce que vous écrivez.",
            ],
        ),
        (
            "Quand un appareil est perdu",
            &[
                "Sur un autre de vos appareils, ouvrez Réglages, puis Appareils, et retirez-le. Il quitte vos discussions ouvertes, leurs clés changent, et il ne lit rien de ce qui s’écrit ensuite.",
                "Ce qu’il avait avant y reste. X Chat n’a pas encore de phrase secrète : ce sont le verrouillage et le chiffrement du disque de l’appareil qui le protègent.",
                "Chaque appareil détient la clé de votre identité. Quelqu’un qui l’en extrait peut continuer à votre place. Seul un nouveau compte aide alors, et le dire à vos contacts.",
            ],
        ),
        (
            "Combien de temps le navigateur garde vos discussions",
            &[
                "Elles sont stockées dans ce navigateur, chiffrées, et y restent jusqu’à ce que vous effaciez les données de ce site. Un navigateur peut aussi les effacer quand le disque est plein. X Chat lui demande de ne pas le faire.",
                "Safari les supprime après sept jours d’utilisation sans ouvrir X Chat. Ajoutez X Chat à l’écran d’accueil ou au Dock : là, il ne le fait pas.",
            ],
        ),
        (
            "Ce que peuvent la suppression et les minuteurs",
            &[
                "Supprimer pour tous, ou un minuteur, demande aux autres appareils de retirer un message. X Chat fait ce qu’on lui demande. Une autre application peut ne pas le faire, et rien n’empêche quelqu’un de copier ou de photographier ce qu’il lit.",
                "Ce qui a disparu d’une discussion peut rester un temps dans les fichiers du navigateur, et dans les notifications que garde votre système.",
            ],
        ),
        (
            "Ce que révèle un lien copié",
            &[
                "Qui a votre lien voit votre nom, votre ligne de présentation et votre photo, même les suivants, et peut vous écrire une demande. Il n’apprend rien de plus avant votre accord. Votre lien ne peut pas encore être changé.",
                "Qui a le lien d’invitation d’un groupe en voit le nom, la description et le nombre de personnes, et à quels administrateurs il peut écrire. Il peut demander à entrer, et un administrateur décide. Les administrateurs peuvent remplacer le lien ou le désactiver.",
                "Ce qui fait marcher un lien se trouve après son #, que les navigateurs n’envoient à aucun serveur. Cela reste toutefois dans l’historique du navigateur qui l’a ouvert.",
            ],
        ),
    ],
    // Keys.
    shortcuts: "Raccourcis clavier",
    shortcuts_more: "Appuyez sur ? pour les voir",
    keys: [
        (
            "Partout",
            &[
                ("?", "Cette liste"),
                ("/", "Rechercher des discussions et des messages"),
                ("Ctrl K", "De même, aussi pendant que vous écrivez"),
                ("Échap", "Fermer ce qui est par-dessus la page"),
                ("Maj F10", "Menu d’une discussion ou d’un message"),
            ],
        ),
        ("Discussions", &[("↑ ↓", "De la recherche, le long des discussions"), ("Échap", "Effacer la recherche")]),
        ("Messages", &[("↑ ↓", "De message en message"), ("Ctrl F", "Rechercher dans cette discussion")]),
        (
            "Pendant que vous écrivez",
            &[
                ("Entrée", "Envoyer"),
                ("Maj Entrée", "Nouvelle ligne"),
                ("↑", "Modifier votre dernier message, tant que rien n’est écrit"),
                ("Échap", "Ne plus répondre ou modifier"),
                ("@", "Mentionner quelqu’un dans un groupe"),
                ("↑ ↓", "Choisir qui mentionner"),
                ("Tab", "Mentionner cette personne"),
                ("Ctrl B, I, E", "Gras, italique, code"),
                ("Ctrl Maj X", "Barré"),
            ],
        ),
        (
            "Images et sons",
            &[
                ("← →", "À l’image suivante, ou le long d’un son"),
                ("+ −", "Agrandir, réduire"),
                ("0", "L’image entière"),
            ],
        ),
        (
            "Menus et émojis",
            &[
                ("↑ ↓ ← →", "Se déplacer"),
                ("Origine", "Au début"),
                ("Fin", "À la fin"),
                ("Entrée", "Choisir"),
                ("Maj Entrée", "Choisir un émoji et continuer"),
            ],
        ),
    ],
    // About.
    about: "À propos",
    version: "Version",
    build: "Compilation",
    licence: "Licence de X Chat",
    emoji_names: "Licence des noms d’émojis",
    components: "De quoi X Chat est fait",
    components_missing: "La liste n’a pas pu être chargée. Vérifiez votre connexion, puis fermez et rouvrez ceci.",
};
