//! What a stream begins with, and what a relay loads that the stream no longer reaches back for.

use futures_util::StreamExt;

use super::*;

#[test]
fn a_relay_that_begins_with_nothing_comes_to_the_same_rows_from_the_stream_and_from_a_checkpoint() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "checkpoint", 1);
    let folders = ["a", "b", "c"].map(|name| Relay::folder(&format!("checkpoint-{name}")));
    let often = ["--nats-checkpoint-hours", "0.001"];
    let first = Relay::join(Relay::settings(&servers, &folders[0], &often)).unwrap();
    (1..=20).for_each(|version| first.write(&cell(1, version)));
    let second = Relay::join(Relay::settings(&servers, &folders[1], &[])).unwrap();
    until_same(&first, &second);
    assert!(second.place().seq >= 20);

    // Two checkpoints with writes between them: behind the second the stream begins after the first.
    let context = first.member().storage.context.clone();
    let stream = || first.wait_for(async { stream::open(&context, 1).await.unwrap().get_info().await.unwrap().state });
    let mut version = 20;
    until(|| {
        version += 1;
        first.write(&cell(1, version));
        stream().first_sequence > 1
    });
    let third = Relay::join(Relay::settings(&servers, &folders[2], &[])).unwrap();
    until_same(&first, &third);
    third.write(&cell(2, 1));
    first.write(&cell(3, 1));
    until_same(&first, &third);
    assert_eq!((third.cell(1), third.cell(2), third.cell(3)), (Some(version), Some(1), Some(1)));
    drop((first, second, third));
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn a_relays_own_store_begins_a_stream_and_the_others_load_it() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "adopt", 1);
    let [own, other] = ["own", "other"].map(|name| Relay::folder(&format!("adopt-{name}")));
    Store::open(&own).unwrap().write([&cell(1, 3)], NOW).unwrap();
    let first = Relay::join(Relay::settings(&servers, &own, &["--nats-adopt"])).unwrap();
    let second = Relay::join(Relay::settings(&servers, &other, &[])).unwrap();
    assert_eq!((first.cell(1), second.cell(1)), (Some(3), Some(3)));
    second.write(&cell(1, 4));
    until_same(&first, &second);
    assert_eq!(first.cell(1), Some(4));
    drop(first);
    let again = Relay::join(Relay::settings(&servers, &own, &["--nats-adopt"])).err().unwrap();
    assert!(matches!(again, ClusterError::NothingToAdopt), "{again}");
    drop(second);
    [own, other].iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn an_empty_relay_does_not_begin_a_stream_that_another_begins_with_its_own_store() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "adopting", 1);
    let [own, other] = ["own", "other"].map(|name| Relay::folder(&format!("adopting-{name}")));
    let first = Relay::join(Relay::settings(&servers, &own, &[])).unwrap();
    // As it stands between the two steps of an adoption, before the first checkpoint.
    let born = first.store().place().unwrap().unwrap().stream;
    let context = first.member().storage.context.clone();
    first.runtime.as_ref().unwrap().block_on(async {
        let state = context.get_key_value("XCHAT_STATE").await.unwrap();
        state.put("adopted", born.to_be_bytes().to_vec().into()).await.unwrap();
    });
    let refused = Relay::join(Relay::settings(&servers, &other, &[])).err().unwrap();
    assert!(matches!(refused, ClusterError::BeingAdopted), "{refused}");
    drop(first);
    [own, other].iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn a_checkpoint_that_is_not_what_it_says_is_refused_and_the_view_stays_as_it_is() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "damaged", 1);
    let folders = ["a", "b"].map(|name| Relay::folder(&format!("damaged-{name}")));
    let maker = Relay::join(Relay::settings(&servers, &folders[0], &["--nats-checkpoint-hours", "0.001"])).unwrap();
    let away = Relay::join(Relay::settings(&servers, &folders[1], &[])).unwrap();
    away.write(&cell(1, 1));
    drop(away);
    let view = std::fs::read(folders[1].join(FILE)).unwrap();
    let runtime = Runtime::new().unwrap();
    let (stream, copies, state) = runtime.block_on(async {
        let client = connect::connect(&maker.settings.cluster).await.unwrap();
        let context = connect::jetstream(&client).await.unwrap();
        let state = context.get_key_value("XCHAT_STATE").await.unwrap();
        let copies = context.get_object_store("XCHAT_CHECKPOINTS").await.unwrap();
        (context.get_stream(stream::STREAM).await.unwrap(), copies, state)
    });
    // The stream's beginning is gone, so that nothing but a checkpoint leads on.
    let applied = Store::open(&folders[1]).unwrap().place().unwrap().unwrap().seq;
    until(|| runtime.block_on(stream.get_info()).unwrap().state.first_sequence > applied + 1);
    drop(maker);
    let newest = runtime.block_on(state.get("newest")).unwrap().unwrap();
    let seq: u64 = {
        let mut decoder = minicbor::Decoder::new(&newest);
        decoder.map().unwrap();
        (0..3).for_each(|_| decoder.skip().unwrap());
        decoder.u64().unwrap()
    };
    let name = format!("view-{seq}.redb");
    let mut whole = Vec::new();
    runtime.block_on(async {
        let mut copy = copies.get(&name).await.unwrap();
        tokio::io::AsyncReadExt::read_to_end(&mut copy, &mut whole).await.unwrap();
    });
    let put = |bytes: &[u8]| _ = runtime.block_on(copies.put(name.as_str(), &mut &bytes[..])).unwrap();
    for bad in [&b"no store at all"[..], &whole[..whole.len() / 2], &view] {
        put(bad);
        let refused = Relay::join(Relay::settings(&servers, &folders[1], &[])).err().unwrap();
        assert!(matches!(refused, ClusterError::Checkpoint(..)), "{refused}");
        assert_eq!(names(&folders[1]), [FILE], "nothing is left of it");
        let kept = Store::open(&folders[1]).unwrap();
        assert_eq!(kept.place().unwrap().unwrap().seq, applied);
    }
    put(&whole);
    let again = Relay::join(Relay::settings(&servers, &folders[1], &[])).unwrap();
    assert_eq!(again.cell(1), Some(1));
    until(|| names(&folders[1]) == [FILE]);
    drop(again);
    folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
}

#[test]
fn copies_that_no_checkpoint_names_go_and_the_two_that_count_stay() {
    let Some(binary) = nats_servers::binary() else { return };
    let servers = Servers::start(&binary, "orphans", 1);
    let folder = Relay::folder("orphans");
    let relay = Relay::join(Relay::settings(&servers, &folder, &["--nats-checkpoint-hours", "0.001"])).unwrap();
    let context = relay.member().storage.context.clone();
    let (copies, pieces) = relay.wait_for(async {
        let copies = context.get_object_store("XCHAT_CHECKPOINTS").await.unwrap();
        (copies, context.get_stream("OBJ_XCHAT_CHECKPOINTS").await.unwrap())
    });
    relay.wait_for(async {
        copies.put("view-999999999.redb", &mut &b"whose turn ran out"[..]).await.unwrap();
        // As a relay leaves it that dies while it sends.
        context.publish("$O.XCHAT_CHECKPOINTS.C.cutoff", "half a copy".into()).await.unwrap().await.unwrap();
    });
    let names = || {
        relay.wait_for(async {
            let list = copies.list().await.unwrap().map(|copy| copy.unwrap().name).collect::<Vec<_>>().await;
            let subjects = pieces.info_with_subjects("$O.XCHAT_CHECKPOINTS.C.*").await.unwrap();
            let subjects: Vec<String> = subjects.map(|subject| subject.unwrap().0).collect().await;
            (list, subjects)
        })
    };
    until(|| {
        let (list, subjects) = names();
        let gone = !list.iter().any(|name| name.contains("999999999"));
        gone && !subjects.iter().any(|subject| subject.ends_with("cutoff"))
    });
    // Each new one makes the third but last superfluous.
    let last = |name: &String| name[5..name.len() - 5].parse::<u64>().unwrap();
    let newest = names().0.iter().map(last).max().unwrap();
    until(|| names().0.iter().map(last).min().unwrap() > newest);
    let (list, subjects) = names();
    assert!((1..=3).contains(&list.len()) && subjects.len() <= 3, "{list:?} {subjects:?}");
    drop(relay);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Names of what is in a data folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
