//! Decoders of network bytes: whatever they take they also give back.

use std::fmt::Debug;

use xchat_wire::{
    Address, Challenge, ClientFrame, Epoch, Proof, PublicKey, Record, Right, ServerFrame, Signature, decode, encode,
};

/// A frame to a relay.
pub fn client_frame(bytes: &[u8]) {
    if let Ok(frame) = decode::<ClientFrame>(bytes) {
        let again = encode(&frame);
        same(decode(&again).ok(), &frame);
    }
}

/// A frame to a client.
pub fn server_frame(bytes: &[u8]) {
    if let Ok(frame) = decode::<ServerFrame>(bytes) {
        let again = encode(&frame);
        same(decode(&again).ok(), &frame);
    }
}

/// A record, as it is stored and passed on; its place in the chain can be computed.
pub fn record(bytes: &[u8]) {
    if let Ok(record) = decode::<Record>(bytes) {
        let again = encode(&record);
        same(decode(&again).ok(), &record);
        let Record { seq, epoch, kind, post, body, next_key, chain, .. } = &record;
        assert_ne!(chain.extend(*seq, *epoch, *kind, post, next_key.as_ref(), body), *chain);
    }
}

/// A proof of any key and any signature: refused, and not one of them a surprise.
pub fn proof(bytes: &[u8]) {
    let Some((key, rest)) = bytes.split_first_chunk::<32>() else { return };
    let Some((signature, rest)) = rest.split_first_chunk::<64>() else { return };
    let proof = Proof { key: PublicKey::new(*key), signature: Signature::new(*signature) };
    let epoch = Epoch(rest.len() as u64);
    let (challenge, address) = (Challenge::new([1; 32]), Address::new([2; 32]));
    for right in [Right::Log, Right::InboxOwner, Right::InboxWriter, Right::CellOwner] {
        // Nobody finds a signature for a challenge by chance; a weak key would.
        assert!(proof.verify("https://chat.example", &challenge, right, &address, epoch).is_err());
    }
}

fn same<T: PartialEq + Debug>(again: Option<T>, first: &T) {
    assert_eq!(again.as_ref(), Some(first), "what was encoded is decoded as the same");
}
