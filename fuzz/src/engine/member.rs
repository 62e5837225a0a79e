//! A person who keeps to MLS and to nothing else: they have a card, a group with the device, and any bytes to put into it.

use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, ExtensionType, GroupId, KeyPackage, KeyPackageIn,
    LeafNodeIndex, LeafNodeParameters, MlsGroup, MlsGroupCreateConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
    OpenMlsProvider as _, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessedMessageContent, ProtocolVersion,
    tls_codec::{DeserializeBytes as _, Serialize as _},
};
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::SignatureScheme;
use xchat_engine::card::{
    Card, CardDevice, CardSecret, Invite, InviteLink, Link, Name, Origin, SealKeyPair, SignedCard, WriterSeed,
    room_tag, seal_card, seal_envelope, seal_invite, seal_package,
};
use xchat_engine::identity::{DeviceCertificate, IdentityKey};
use xchat_engine::provider::MlsProvider;
use xchat_wire::{Address, ChainHash, Epoch, Kind, PostId, PublicKey, Record, Seq, chain_start};

use super::device::ORIGIN;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;
const INBOX: Address = Address::new([0x20; 32]);

struct Key(ed25519_dalek::SigningKey);

impl Signer for Key {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        use ed25519_dalek::Signer as _;
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// What a commit of theirs does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, arbitrary::Arbitrary)]
pub enum Change {
    Update,
    /// Another device of their own, certified.
    AddOwn,
    /// A device of a third person's, which the policy forbids.
    AddStranger,
    /// The device that plays, which the policy forbids.
    RemoveYou,
}

pub struct Member {
    identity: IdentityKey,
    key: Key,
    provider: MlsProvider,
    writer: WriterSeed,
    seal: SealKeyPair,
    pub log: Address,
    group: GroupId,
    /// Of the log, as an honest relay would have it.
    head: Seq,
    chain: ChainHash,
    /// Of a member that is only remembered: there is no group behind it.
    remembered: Option<Epoch>,
}

fn capabilities() -> Capabilities {
    let builder = Capabilities::builder().versions(vec![ProtocolVersion::Mls10]).ciphersuites(vec![SUITE]);
    builder.extensions(vec![ExtensionType::LastResort]).build()
}

fn bytes(message: &MlsMessageOut) -> Vec<u8> {
    message.tls_serialize_detached().expect("what OpenMLS made is encoded")
}

fn parse(bytes: &[u8]) -> Option<MlsMessageBodyIn> {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).ok().map(MlsMessageIn::extract)
}

fn credential(identity: &IdentityKey, key: &Key) -> CredentialWithKey {
    let public = key.0.verifying_key().to_bytes();
    let certificate = DeviceCertificate::issue(identity, PublicKey::new(public), 1);
    CredentialWithKey { credential: BasicCredential::new(certificate).into(), signature_key: public.to_vec().into() }
}

/// The link of a group of the member's.
pub fn invite_link() -> InviteLink {
    InviteLink::new([3; 16])
}

impl Member {
    pub fn new(seed: u8) -> Self {
        let provider = MlsProvider::new();
        provider.reseed([seed; 32]);
        let seal = SealKeyPair::derive(provider.crypto(), &[seed; 32]).expect("the suite is there");
        let log = Address::new([seed; 32]);
        Self {
            identity: IdentityKey::from_seed(&[seed; 32]),
            key: Key(ed25519_dalek::SigningKey::from_bytes(&[seed.wrapping_add(1); 32])),
            provider,
            writer: WriterSeed::new([seed; 32]),
            seal,
            log,
            group: GroupId::from_slice(log.as_bytes()),
            head: Seq(0),
            chain: chain_start(&log),
            remembered: None,
        }
    }

    /// What a relay remembers of this member's log: it takes what the device writes there, and the member says nothing.
    pub fn remembered(&self) -> Self {
        let (head, chain, remembered) = (self.head, self.chain, Some(self.epoch()));
        Self { head, chain, remembered, ..Self::new(self.log.as_bytes()[0]) }
    }

    pub fn link(&self) -> Link {
        Link { identity: self.identity.public(), secret: CardSecret::new([3; 16]) }
    }

    pub fn card(&self) -> SignedCard {
        let device = CardDevice {
            relay: Origin::parse(ORIGIN).expect("it is one"),
            inbox: INBOX,
            writer: self.writer.clone(),
            seal_key: self.seal.public().clone(),
            key: PublicKey::new(self.key.0.verifying_key().to_bytes()),
        };
        let name = Name::parse("Mallory").expect("it is one");
        let card = Card {
            identity: self.identity.public(),
            name,
            devices: vec![device],
            version: 1,
            picture: None,
            about: None,
        };
        card.sign(&self.identity).expect("it is their own")
    }

    /// Their card as it lies in its cell.
    pub fn cell(&self) -> Vec<u8> {
        seal_card(&self.link(), 1, &self.card(), [1; 24]).expect("it fits")
    }

    /// What the link of their group leads to.
    pub fn invite_cell(&self) -> Vec<u8> {
        let (name, admins) = (Name::parse("Hiking").expect("it is one"), vec![self.link()]);
        let invite = Invite { tag: room_tag(&[7; 32]), name, description: String::new(), people: 2, admins };
        seal_invite(&invite_link(), 1, Some(&invite), [1; 24])
    }

    /// What their pool gives: a good key package, or these bytes in its place.
    pub fn package(&self, inside: Option<&[u8]>) -> Vec<u8> {
        let good = || bytes(&MlsMessageOut::from(self.key_package(&self.identity, &self.key)));
        let inside = inside.map_or_else(good, <[u8]>::to_vec);
        seal_package(&self.writer, &INBOX, [2; 24], &inside[..inside.len().min(8192)]).expect("it fits")
    }

    fn key_package(&self, identity: &IdentityKey, key: &Key) -> KeyPackage {
        let builder = KeyPackage::builder().leaf_node_capabilities(capabilities());
        let bundle = builder.build(SUITE, &self.provider, key, credential(identity, key)).expect("the keys are good");
        bundle.into_key_package()
    }

    /// A group with the device whose key package this is; the MLS Welcome for it.
    pub fn invite(&mut self, package: &[u8]) -> Vec<u8> {
        let Some(MlsMessageBodyIn::KeyPackage(package)) = parse(package) else { panic!("a device puts key packages") };
        let package: KeyPackageIn = package;
        let package = package.validate(self.provider.crypto(), ProtocolVersion::Mls10).expect("of a device of ours");
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .capabilities(capabilities())
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(0)
            .build();
        let (provider, key) = (&self.provider, &self.key);
        let credential = credential(&self.identity, key);
        let mut group = MlsGroup::new_with_group_id(provider, key, &config, self.group.clone(), credential)
            .expect("the log is new");
        let (commit, welcome, _) = group.add_members(provider, key, &[package]).expect("the package is good");
        group.merge_pending_commit(provider).expect("it is there");
        let next = self.next_key();
        self.record(Kind::Commit, Epoch(0), &bytes(&commit), Some(next));
        bytes(&welcome)
    }

    /// An envelope for the device with anything inside.
    pub fn envelope(&self, to: &CardDevice, inside: &[u8]) -> Vec<u8> {
        let inside = &inside[..inside.len().min(16_384)];
        seal_envelope(self.provider.crypto(), &to.seal_key, &to.inbox, inside).expect("the key is good")
    }

    fn load(&self) -> MlsGroup {
        MlsGroup::load(self.provider.storage(), &self.group).ok().flatten().expect("their group is theirs")
    }

    pub fn epoch(&self) -> Epoch {
        self.remembered.unwrap_or_else(|| Epoch(self.load().epoch().as_u64()))
    }

    pub fn head(&self) -> Seq {
        self.head
    }

    fn next_key(&self) -> PublicKey {
        let exported =
            self.load().export_secret(self.provider.crypto(), "xchat relay access 1", self.log.as_bytes(), 32);
        let seed: [u8; 32] = exported.expect("it has a length").try_into().expect("of 32 bytes");
        PublicKey::new(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes())
    }

    /// An application message of any content.
    pub fn say(&mut self, content: &[u8], authenticated: &[u8]) -> Vec<u8> {
        let mut group = self.load();
        group.set_aad(authenticated.to_vec());
        match group.create_message(&self.provider, &self.key, content) {
            Ok(message) => bytes(&message),
            // They have removed themselves from what they could say.
            Err(_) => Vec::new(),
        }
    }

    /// A commit that is merged on their side, and the key that it should name.
    pub fn commit(&mut self, change: Change) -> Option<(Epoch, Vec<u8>, PublicKey)> {
        let (mut group, provider, key) = (self.load(), &self.provider, &self.key);
        let epoch = Epoch(group.epoch().as_u64());
        let other = Key(ed25519_dalek::SigningKey::from_bytes(&[epoch.0 as u8 ^ 0x55; 32]));
        let stranger = IdentityKey::from_seed(&[0x77; 32]);
        let commit = match change {
            Change::Update => group.self_update(provider, key, LeafNodeParameters::default()).ok()?.into_commit(),
            Change::AddOwn => group.add_members(provider, key, &[self.key_package(&self.identity, &other)]).ok()?.0,
            Change::AddStranger => group.add_members(provider, key, &[self.key_package(&stranger, &other)]).ok()?.0,
            Change::RemoveYou => group.remove_members(provider, key, &[LeafNodeIndex::new(1)]).ok()?.0,
        };
        group.merge_pending_commit(provider).ok()?;
        Some((epoch, bytes(&commit), self.next_key()))
    }

    /// Takes in a commit of the device, so that both stay in step.
    pub fn hear(&mut self, body: &[u8]) {
        if let Some(epoch) = &mut self.remembered {
            epoch.0 += 1;
            return;
        }
        let Some(MlsMessageBodyIn::PrivateMessage(message)) = parse(body) else { return };
        let mut group = self.load();
        if let Ok(processed) = group.process_message(&self.provider, message)
            && let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content()
        {
            group.merge_staged_commit(&self.provider, *staged).expect("it was checked");
        }
    }

    /// The next record of the log, as an honest relay makes it.
    pub fn record(&mut self, kind: Kind, epoch: Epoch, body: &[u8], next_key: Option<PublicKey>) -> Record {
        let post = PostId::new([self.head.0 as u8; 16]);
        self.record_of(post, kind, epoch, body, next_key)
    }

    pub fn record_of(
        &mut self,
        post: PostId,
        kind: Kind,
        epoch: Epoch,
        body: &[u8],
        next_key: Option<PublicKey>,
    ) -> Record {
        let previous = self.head;
        self.head = Seq(previous.0 + 1);
        self.chain = self.chain.extend(self.head, epoch, kind, &post, next_key.as_ref(), body);
        let (seq, chain, body) = (self.head, self.chain, body.to_vec().into());
        Record { seq, previous, epoch, kind, post, time: 1_700_000_000_000, body, next_key, chain }
    }
}
