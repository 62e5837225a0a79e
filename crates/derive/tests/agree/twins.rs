//! The same types twice: with these derives, and with minicbor's. They use every attribute that is known here.

/// The definitions in two modules, `ours` and `theirs`.
macro_rules! twins {
    ($($definitions:item)*) => {
        pub(crate) mod ours {
            use minicbor::bytes::ByteSlice;
            use xchat_wire::cbor::{Decode, Encode};
            $($definitions)*
        }
        pub(crate) mod theirs {
            use minicbor::{Decode, Encode, bytes::ByteSlice};
            $($definitions)*
        }
    };
}

twins! {
    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    pub(crate) struct Named {
        #[n(0)]
        pub(crate) number: u64,
        #[n(7)]
        pub(crate) text: String,
        #[n(2)]
        pub(crate) perhaps: Option<String>,
        #[n(3)]
        #[cbor(with = "minicbor::bytes")]
        pub(crate) key: [u8; 4],
        #[n(4)]
        #[cbor(with = "minicbor::bytes")]
        pub(crate) other_key: Option<[u8; 4]>,
        #[cbor(n(5), default)]
        pub(crate) list: Vec<Inner>,
        #[n(6)]
        #[cbor(default)]
        pub(crate) flag: bool,
        #[n(1)]
        pub(crate) choice: Option<Choice>,
        #[cbor(n(40))]
        pub(crate) level: Option<Level>,
        #[n(41)]
        pub(crate) inner: Box<Inner>,
        #[n(42)]
        pub(crate) nilable: Maybe,
        #[n(43)]
        pub(crate) deep: Option<Box<Outer>>,
        #[n(44)]
        pub(crate) small: i8,
        #[n(45)]
        pub(crate) pairs: Vec<(u8, Choice)>,
    }

    /// Fields by place, a gap between them.
    #[derive(Debug, PartialEq, Encode, Decode)]
    pub(crate) struct Inner {
        #[n(0)]
        pub(crate) first: u8,
        #[n(2)]
        pub(crate) second: Option<u8>,
        #[n(3)]
        pub(crate) third: Level,
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(array)]
    pub(crate) struct Outer(#[n(1)] pub(crate) Wrapped, #[n(0)] pub(crate) Option<Choice>);

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    pub(crate) struct Tuple(#[n(3)] pub(crate) String, #[cbor(n(1))] pub(crate) Option<u16>, #[n(2)] pub(crate) bool);

    #[derive(Debug, PartialEq, Encode, Decode)]
    pub(crate) enum Choice {
        #[n(0)]
        Nothing,
        #[n(1)]
        #[cbor(map)]
        Fields {
            #[n(0)]
            name: String,
            #[n(1)]
            level: Option<Level>,
            #[n(2)]
            size: u32,
        },
        #[n(-4)]
        Places(#[n(0)] Wrapped, #[n(1)] Option<bool>),
        #[n(5)]
        #[cbor(map)]
        Keys(#[n(9)] u8),
        #[n(3)]
        Neither,
        #[n(60)]
        Nested(#[n(0)] Box<Choice>),
    }

    /// All of its variants are maps.
    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    pub(crate) enum Mapped {
        #[n(0)]
        One { #[n(0)] inner: Inner, #[cbor(n(1), default)] count: u16 },
        #[n(1)]
        #[cbor(array)]
        Two(#[n(0)] String),
        #[n(2)]
        Unit,
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(index_only)]
    pub(crate) enum Level {
        #[n(0)]
        Low,
        #[n(1)]
        Middle,
        #[n(30)]
        High,
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(transparent)]
    pub(crate) struct Wrapped(#[cbor(n(0), with = "minicbor::bytes")] pub(crate) Vec<u8>);

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(transparent)]
    pub(crate) struct Maybe {
        #[n(0)]
        pub(crate) choice: Option<Choice>,
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    pub(crate) struct Borrowed<'b> {
        #[b(0)]
        pub(crate) body: &'b ByteSlice,
        #[cbor(b(5))]
        pub(crate) name: &'b str,
        #[b(7)]
        pub(crate) own: Option<&'b ByteSlice>,
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    pub(crate) struct Of<T> {
        #[n(0)]
        pub(crate) at: u64,
        #[n(1)]
        pub(crate) value: T,
        #[n(2)]
        pub(crate) before: Option<T>,
    }
}
