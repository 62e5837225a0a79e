//! Three people in a group: made, written in by all, renamed, one removed, one gone by themselves.

use xchat_e2e::{Browser, House, scenario, step, until};

#[tokio::test]
async fn three_people_make_a_group_write_in_it_and_part() {
    scenario(async |house: &House| {
        let (ada, ben, cleo) = (house.browser("Ada").await, house.browser("Ben").await, house.browser("Cleo").await);
        ada.join().await;
        ben.meets(&ada, "Hello, I am Ben").await;
        cleo.meets(&ada, "Hello, I am Cleo").await;
        a_group_is_made(&ada).await;
        all_write_and_read(&ada, &ben, &cleo).await;
        it_is_renamed(&ada, &ben, &cleo).await;
        one_is_made_admin(&ada, &ben).await;
        one_is_removed(&ada, &ben, &cleo).await;
        one_leaves(&ada, &ben).await;
        one_comes_back(&ada, &cleo).await;
        for person in [&ada, &ben, &cleo] {
            person.console_is_clean().await;
            person.close().await;
            person.asked_only_its_own_origin();
        }
    })
    .await;
}

async fn open_group_page(person: &Browser, group: &str) {
    person.open_chat(group).await;
    person.press("link", &format!("{group} {} Group details", people(person).await)).await;
    person.sees("heading", "Group").await;
}

/// The line under the name in the open group's head.
async fn people(person: &Browser) -> String {
    until(format!("{} to read how many people there are", person.name()), async || {
        let text = person.text().await?;
        let line = text.lines().find(|line| line.ends_with(" people") || *line == "1 person");
        line.map(str::to_owned).ok_or(text)
    })
    .await
}

async fn a_group_is_made(ada: &Browser) {
    step("Ada makes a group with Ben and Cleo; it opens");
    ada.press("link", "New chat").await;
    ada.press("button", "New group").await;
    ada.sees("dialog", "New group").await;
    assert_eq!(ada.items("People").await, ["Cleo", "Ben"]);
    ada.fill("Group name", "Hiking").await;
    ada.press("checkbox", "Ben").await;
    ada.press("checkbox", "Cleo").await;
    ada.press("button", "Create group").await;
    ada.sees_no("dialog", "New group").await;
    ada.sees("heading", "Hiking").await;
    ada.reads_line("3 people").await;
}

async fn all_write_and_read(ada: &Browser, ben: &Browser, cleo: &Browser) {
    step("all three write; each reads who wrote what");
    ada.write("from Ada").await;
    ben.open_chat("Hiking").await;
    ben.reads(&[("Ada", "from Ada")]).await;
    ben.write("from Ben").await;
    cleo.open_chat("Hiking").await;
    cleo.reads(&[("Ada", "from Ada"), ("Ben", "from Ben")]).await;
    cleo.write("from Cleo").await;
    ada.reads(&[("You", "from Ada"), ("Ben", "from Ben"), ("Cleo", "from Cleo")]).await;
    ben.reads(&[("Ada", "from Ada"), ("You", "from Ben"), ("Cleo", "from Cleo")]).await;
    ben.reads_line("Ada added you.").await;
    let rows = ada.rows().await.expect("the list can be read");
    assert!(rows[0].text.contains("Cleo: from Cleo"), "the row says who wrote last: {rows:?}");
}

async fn it_is_renamed(ada: &Browser, ben: &Browser, cleo: &Browser) {
    step("Ben, a member, may change it while Ada lets everybody; he gives it another name and a description");
    open_group_page(ben, "Hiking").await;
    assert_eq!(ben.items("3 people").await, ["Ben You", "Ada Owner", "Cleo"]);
    open_group_page(ada, "Hiking").await;
    ada.press("switch", "Everyone may change name and description").await;
    ben.sees_no("button", "Edit").await;
    ada.press("switch", "Everyone may change name and description").await;
    ben.press("button", "Edit").await;
    ben.sees("dialog", "Name and description").await;
    ben.fill("Group name", "Walkers").await;
    ben.fill("Description", "Every Sunday").await;
    ben.press("button", "Save").await;
    for person in [ada, cleo] {
        until(format!("{} to see the new name", person.name()), async || {
            let rows = person.rows().await?;
            rows.iter().any(|row| row.name == "Walkers").then_some(()).ok_or_else(|| format!("{rows:?}"))
        })
        .await;
    }
    ada.reads_line("Every Sunday").await;
    cleo.reads_line("Ben named the group “Walkers”.").await;
}

async fn one_is_made_admin(ada: &Browser, ben: &Browser) {
    step("Ada lets only admins add people, and makes Ben one");
    ada.press("switch", "Everyone may add people").await;
    ben.sees_no("button", "Add people").await;
    ada.press("button", "Ben").await;
    ada.press("button", "Make admin").await;
    ada.sees("button", "Ben Admin").await;
    ben.sees("button", "Add people").await;
}

async fn one_is_removed(ada: &Browser, ben: &Browser, cleo: &Browser) {
    step("Ben removes Cleo, after being asked: she is told by whom, and cannot write");
    ben.press("button", "Cleo").await;
    ben.press("button", "Remove from the group").await;
    ben.sees("dialog", "Remove Cleo?").await;
    ben.press("button", "Remove").await;
    cleo.reads_line("Ben removed you from this group.").await;
    cleo.sees_no("textbox", "Message").await;
    cleo.reads_line("You are not in this group").await;
    ada.reads_line("2 people").await;
    ada.open_chat("Walkers").await;
    ada.write("without Cleo").await;
    ben.open_chat("Walkers").await;
    ben.reads_by("Ada", &["from Ada".to_owned(), "without Cleo".to_owned()]).await;
    cleo.reads(&[("Ada", "from Ada"), ("Ben", "from Ben"), ("You", "from Cleo")]).await;
}

async fn one_leaves(ada: &Browser, ben: &Browser) {
    step("Ben leaves: the group stays with Ada, and what he has of it stays with him");
    open_group_page(ben, "Walkers").await;
    ben.press("button", "Leave group").await;
    ben.sees("dialog", "Leave this group?").await;
    ben.press("button", "Leave").await;
    ben.sees_no("button", "Leave group").await;
    ben.open_chat("Walkers").await;
    ben.reads_line("You left this group.").await;
    ada.reads_line("Ben left.").await;
    ada.reads_line("1 person").await;
}

async fn one_comes_back(ada: &Browser, cleo: &Browser) {
    step("Ada adds Cleo again: she writes on where she was");
    open_group_page(ada, "Walkers").await;
    ada.press("button", "Add people").await;
    assert_eq!(ada.items("People").await, ["Cleo", "Ben"]);
    ada.press("checkbox", "Cleo").await;
    ada.press("button", "Add").await;
    ada.sees("button", "Cleo").await;
    cleo.sees("textbox", "Message").await;
    cleo.write("back again").await;
    ada.open_chat("Walkers").await;
    until("Ada to read Cleo", async || {
        let bubbles = ada.bubbles().await?;
        let last = bubbles.last().is_some_and(|last| last.author == "Cleo" && last.text == "back again");
        last.then_some(()).ok_or_else(|| format!("{bubbles:?}"))
    })
    .await;
}
