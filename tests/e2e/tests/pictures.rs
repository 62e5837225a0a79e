//! Pictures: a person's own, seen by a contact, and a group's, seen by its members; both after a reload.

use xchat_e2e::{Browser, House, scenario, step, until};

/// The colour in the middle of each picture in the list that is loaded, as `r,g,b`, rounded to what a lossy codec keeps. Drawing
/// decodes; `decode()` would leave it to the compositor, which refuses while a page that was just opened has no frame yet.
const COLOURS: &str = "
    const images = [...document.querySelectorAll('.list-row .avatar img')].filter((image) => image.complete && image.naturalWidth);
    return images.map((image) => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 9, height: 9 });
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0, 9, 9);
        return [...context.getImageData(4, 4, 1, 1).data].slice(0, 3).map((part) => Math.round(part / 64)).join();
    });";

#[tokio::test]
async fn a_person_and_a_group_are_seen_by_whom_they_know() {
    scenario(async |house: &House| {
        let (ada, ben) = (house.browser("Ada").await, house.browser("Ben").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        a_person_is_seen(&ada, &ben).await;
        a_group_is_seen(&ada, &ben).await;
        it_is_there_after_a_reload(&ben).await;
        for person in [&ada, &ben] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

async fn sees_colours(person: &Browser, wanted: &[&str]) {
    until(format!("{} to see {wanted:?}", person.name()), async || {
        let colours: Vec<String> = person.script(COLOURS, Vec::new()).await;
        if colours == wanted { Ok(()) } else { Err(format!("{colours:?}")) }
    })
    .await;
}

async fn a_person_is_seen(ada: &Browser, ben: &Browser) {
    step("Ada chooses a red picture; Ben sees it");
    ada.press("link", "Settings").await;
    ada.sees("button", "Save").await;
    ada.fill("About you", "Gone fishing").await;
    ada.press("button", "Save").await;
    ada.choose_photo("#ff0000").await;
    ada.press("button", "Use picture").await;
    ada.sees("button", "Remove picture").await;
    sees_colours(ben, &["4,0,0"]).await;
    step("and what she says of herself");
    ben.press("link", "Ada Contact details").await;
    ben.reads_line("Gone fishing").await;
    ben.press("link", "Back to the conversation").await;
}

async fn a_group_is_seen(ada: &Browser, ben: &Browser) {
    step("she makes a group and gives it a green one");
    ada.press("link", "New chat").await;
    ada.press("button", "New group").await;
    ada.fill("Group name", "Hiking").await;
    ada.press("checkbox", "Ben").await;
    ada.press("button", "Create group").await;
    ada.sees("heading", "Hiking").await;
    ada.press("link", "Hiking 2 people Group details").await;
    ada.sees("heading", "Group").await;
    ada.choose_photo("#00ff00").await;
    ada.press("button", "Use picture").await;
    ada.sees("button", "Remove picture").await;
    sees_colours(ben, &["0,4,0", "4,0,0"]).await;
}

async fn it_is_there_after_a_reload(ben: &Browser) {
    step("Ben reloads: both are there");
    ben.reload().await;
    sees_colours(ben, &["0,4,0", "4,0,0"]).await;
}
