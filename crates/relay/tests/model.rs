//! Several writers racing with random frames, against a model of a log that fits on a page.

mod peers;

use std::collections::HashMap;

use peers::*;
use proptest::{collection::vec, prelude::*};
use xchat_wire::*;

const LOG: u8 = 100;
const PEERS: usize = 3;

/// What a writer does. Epochs are relative to the log's, so that most make sense and some do not.
#[derive(Debug, Clone)]
enum Act {
    Prove { peer: usize, behind: u64 },
    Append { peer: usize, behind: u64, id: u8 },
    Commit { peer: usize, behind: u64, id: u8 },
    Reconnect { peer: usize },
    Read { peer: usize, after: u64, credit: u32 },
}

fn an_act() -> impl Strategy<Value = Act> {
    let behind = prop_oneof![6 => Just(0u64), 2 => Just(1), 1 => Just(2)];
    let peer = 0..PEERS;
    prop_oneof![
        3 => (peer.clone(), behind.clone()).prop_map(|(peer, behind)| Act::Prove { peer, behind }),
        6 => (peer.clone(), behind.clone(), 0..40u8).prop_map(|(peer, behind, id)| Act::Append { peer, behind, id }),
        3 => (peer.clone(), behind, 0..40u8).prop_map(|(peer, behind, id)| Act::Commit { peer, behind, id }),
        1 => peer.clone().prop_map(|peer| Act::Reconnect { peer }),
        2 => (peer, 0..20u64, 0..30u32).prop_map(|(peer, after, credit)| Act::Read { peer, after, credit }),
    ]
}

/// The log as a list, and what each peer has proved.
#[derive(Default)]
struct Model {
    /// Post id, epoch, whether it is a commit; the place is the index plus one.
    records: Vec<(u8, u64, bool)>,
    landed: HashMap<u8, u64>,
    epoch: u64,
    /// First and last epoch of each peer's run.
    proved: [Option<(u64, u64)>; PEERS],
}

impl Model {
    fn prove(&mut self, peer: usize, epoch: u64) {
        self.proved[peer] = Some(match self.proved[peer] {
            Some((from, to)) if (from..=to).contains(&epoch) => (from, to),
            Some((from, to)) if to + 1 == epoch => (from, epoch),
            _ => (epoch, epoch),
        });
    }

    fn write(&mut self, peer: usize, epoch: u64, id: u8, commit: bool) -> Reply {
        let Some((from, to)) = self.proved[peer] else { return denied() };
        if let Some(seq) = self.landed.get(&id) {
            return accepted(*seq);
        }
        if epoch != self.epoch || !(from..=to).contains(&self.epoch) {
            return Reply::Stale { epoch: Epoch(self.epoch) };
        }
        self.records.push((id, epoch, commit));
        self.epoch += u64::from(commit);
        let seq = self.records.len() as u64;
        self.landed.insert(id, seq);
        accepted(seq)
    }

    /// What a peer may read behind `after`, with this much credit.
    fn read(&self, peer: usize, after: u64, credit: u32) -> Option<Vec<u64>> {
        let (from, to) = self.proved[peer]?;
        let after = after.min(self.records.len() as u64);
        let places =
            self.records.iter().zip(1..).filter(|((_, epoch, _), seq)| (from..=to).contains(epoch) && *seq > after);
        Some(places.map(|(_, seq)| seq).take(credit as usize).collect())
    }
}

/// The key of an epoch.
fn signer(epoch: u64) -> u8 {
    epoch as u8 + 1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn racing_writers_see_what_the_model_sees(acts in vec(an_act(), 1..60)) {
        let (mut world, mut model) = (World::new(), Model::default());
        let log = address(LOG);
        let mut peers: Vec<Peer> = (0..PEERS).map(|_| world.connect()).collect();
        peers[0].create_log(&mut world, log, signer(0));
        model.prove(0, 0);
        for act in acts {
            match act {
                Act::Prove { peer, behind } => {
                    let epoch = model.epoch.saturating_sub(behind);
                    let state = peers[peer].prove_log(&mut world, log, epoch, signer(epoch));
                    prop_assert_eq!((state.epoch.0, state.head.0), (model.epoch, model.records.len() as u64));
                    model.prove(peer, epoch);
                }
                Act::Append { peer, behind, id } => {
                    let epoch = model.epoch.saturating_sub(behind);
                    let reply = peers[peer].append(&mut world, log, epoch, id, &[id]);
                    prop_assert_eq!(reply, model.write(peer, epoch, id, false));
                }
                Act::Commit { peer, behind, id } => {
                    let epoch = model.epoch.saturating_sub(behind);
                    let reply = peers[peer].commit(&mut world, log, epoch, id, signer(epoch + 1));
                    prop_assert_eq!(reply, model.write(peer, epoch, id, true));
                }
                Act::Reconnect { peer } => {
                    world.relay.disconnect(peers[peer].id);
                    peers[peer] = world.connect();
                    model.proved[peer] = None;
                }
                Act::Read { peer, after, credit } => {
                    let expected = model.read(peer, after, credit);
                    let ask = |request| ClientFrame::Subscribe { request, address: log, after: Seq(after), credit };
                    let reply = peers[peer].ask(&mut world, ask);
                    prop_assert_eq!(reply == Reply::Ok, expected.is_some());
                    let heard = peers[peer].hear(&mut world);
                    prop_assert_eq!(seqs(&heard), expected.unwrap_or_default());
                    peers[peer].tell(&mut world, &ClientFrame::Unsubscribe { address: log });
                }
            }
            peers.iter_mut().for_each(|peer| _ = peer.hear(&mut world));
        }
    }

    #[test]
    fn a_live_subscriber_hears_each_record_once_and_in_order_whatever_its_credit(
        acts in vec(an_act(), 1..60),
        credits in vec(0..4u32, 1..60),
    ) {
        let (mut world, mut model) = (World::new(), Model::default());
        let log = address(LOG);
        let mut writer = world.connect();
        writer.create_log(&mut world, log, signer(0));
        model.prove(0, 0);
        let mut reader = world.connect();
        reader.prove_log(&mut world, log, 0, signer(0));
        let mut heard = reader.subscribe(&mut world, log, 0, 1);
        let mut proved = 0;
        for (act, credit) in acts.into_iter().zip(credits.into_iter().cycle()) {
            match act {
                Act::Append { id, .. } => {
                    writer.append(&mut world, log, model.epoch, id, &[id]);
                    model.write(0, model.epoch, id, false);
                }
                Act::Commit { id, .. } => {
                    let epoch = model.epoch;
                    writer.commit(&mut world, log, epoch, id, signer(epoch + 1));
                    model.write(0, epoch, id, true);
                    if model.epoch > epoch {
                        writer.prove_log(&mut world, log, model.epoch, signer(model.epoch));
                        model.prove(0, model.epoch);
                    }
                }
                _ => reader.tell(&mut world, &ClientFrame::Credit { address: log, more: credit }),
            }
            heard.extend(reader.hear(&mut world));
            if let Some(ServerFrame::Fenced { epoch, .. }) = heard.last() && epoch.0 > proved {
                proved = epoch.0;
                reader.prove_log(&mut world, log, proved, signer(proved));
                heard.extend(reader.hear(&mut world));
            }
        }
        // Credit and proofs until nothing is left.
        for _ in 0..200 {
            reader.tell(&mut world, &ClientFrame::Credit { address: log, more: 5 });
            heard.extend(reader.hear(&mut world));
            if let Some(ServerFrame::Fenced { epoch, .. }) = heard.last() && epoch.0 > proved {
                proved = epoch.0;
                reader.prove_log(&mut world, log, proved, signer(proved));
            }
        }
        let all: Vec<u64> = (1..=model.records.len() as u64).collect();
        prop_assert_eq!(seqs(&heard), all);
        let last = heard.iter().rev().find(|frame| !matches!(frame, ServerFrame::Record { .. }));
        // Said when a backlog came to its end; what is written afterwards follows without another word.
        let caught_up = |frame: &ServerFrame| {
            matches!(frame, ServerFrame::CaughtUp { address, head } if *address == log && head.0 <= model.records.len() as u64)
        };
        prop_assert!(last.is_some_and(caught_up), "{last:?}");
    }
}
