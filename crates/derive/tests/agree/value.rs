//! Any CBOR, as a tree that can be changed at any place.

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use proptest::{collection::vec, prelude::*, sample::Index};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Integer(i64),
    Bytes(Vec<u8>),
    Text(String),
    Bool(bool),
    Null,
    Array(Vec<Value>),
    /// Keys and values by turns.
    Map(Vec<(Value, Value)>),
    /// An array or a map that is written without its length.
    Open(Box<Value>),
}

/// One change of one node.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Replace(Value),
    /// Something that no version knows, or knows under another key.
    Insert(Index, Value, Value),
    Remove(Index),
    /// An entry once more, perhaps with another value.
    Repeat(Index, Index, Option<Value>),
    Open,
}

pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => (-70_i64..70).prop_map(Value::Integer),
        1 => any::<i64>().prop_map(Value::Integer),
        1 => vec(any::<u8>(), 0..6).prop_map(Value::Bytes),
        1 => "[a-z]{0,3}".prop_map(Value::Text),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            // What an enum looks like.
            (-5_i64..8, inner.clone())
                .prop_map(|(variant, fields)| { Value::Array(vec![Value::Integer(variant), fields]) }),
            vec(((0_i64..8).prop_map(Value::Integer), inner), 0..5).prop_map(Value::Map),
        ]
    })
}

pub(crate) fn any_change() -> impl Strategy<Value = Change> {
    let key = prop_oneof![4 => (-70_i64..70).prop_map(Value::Integer), 1 => any_value()];
    prop_oneof![
        4 => any_value().prop_map(Change::Replace),
        4 => (any::<Index>(), key, any_value()).prop_map(|(at, key, value)| Change::Insert(at, key, value)),
        4 => any::<Index>().prop_map(Change::Remove),
        4 => (any::<Index>(), any::<Index>(), any::<Option<bool>>(), any_value())
            .prop_map(|(of, at, other, value)| Change::Repeat(of, at, other.map(|_| value))),
        1 => Just(Change::Open),
    ]
}

impl Value {
    pub(crate) fn read(d: &mut Decoder<'_>) -> Self {
        match d.datatype().unwrap() {
            Type::Bytes => Self::Bytes(d.bytes().unwrap().to_vec()),
            Type::String => Self::Text(d.str().unwrap().to_owned()),
            Type::Bool => Self::Bool(d.bool().unwrap()),
            Type::Null => {
                d.null().unwrap();
                Self::Null
            }
            Type::Array => Self::Array((0..d.array().unwrap().unwrap()).map(|_| Self::read(d)).collect()),
            Type::Map => Self::Map((0..d.map().unwrap().unwrap()).map(|_| (Self::read(d), Self::read(d))).collect()),
            _ => Self::Integer(d.i64().unwrap()),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut e = Encoder::new(Vec::new());
        self.write(&mut e, false);
        e.into_writer()
    }

    fn write(&self, e: &mut Encoder<Vec<u8>>, open: bool) {
        match self {
            Self::Integer(number) => _ = e.i64(*number).unwrap(),
            Self::Bytes(bytes) => _ = e.bytes(bytes).unwrap(),
            Self::Text(text) => _ = e.str(text).unwrap(),
            Self::Bool(value) => _ = e.bool(*value).unwrap(),
            Self::Null => _ = e.null().unwrap(),
            Self::Array(items) => {
                _ = if open { e.begin_array().unwrap() } else { e.array(items.len() as u64).unwrap() };
                items.iter().for_each(|item| item.write(e, false));
            }
            Self::Map(entries) => {
                _ = if open { e.begin_map().unwrap() } else { e.map(entries.len() as u64).unwrap() };
                entries.iter().for_each(|(key, value)| {
                    key.write(e, false);
                    value.write(e, false);
                });
            }
            Self::Open(inner) => inner.write(e, true),
        }
        if open && matches!(self, Self::Array(_) | Self::Map(_)) {
            e.end().unwrap();
        }
    }

    pub(crate) fn change(&mut self, node: Index, change: &Change) {
        let count = self.nodes().len();
        let at = node.index(count);
        self.visit(&mut { at }, &mut |value| value.apply(change));
    }

    /// All values in here, those of keys too.
    fn nodes(&self) -> Vec<&Self> {
        let mut all = vec![self];
        match self {
            Self::Array(items) => all.extend(items.iter().flat_map(Self::nodes)),
            Self::Map(entries) => {
                all.extend(entries.iter().flat_map(|(key, value)| [key.nodes(), value.nodes()].concat()))
            }
            Self::Open(inner) => all.extend(inner.nodes()),
            _ => {}
        }
        all
    }

    /// Calls `act` with the node that has `left` others before it; whether it was in here.
    fn visit(&mut self, left: &mut usize, act: &mut dyn FnMut(&mut Self)) -> bool {
        if *left == 0 {
            act(self);
            return true;
        }
        *left -= 1;
        match self {
            Self::Array(items) => items.iter_mut().any(|item| item.visit(left, act)),
            Self::Map(entries) => entries.iter_mut().any(|(key, value)| key.visit(left, act) || value.visit(left, act)),
            Self::Open(inner) => inner.visit(left, act),
            _ => false,
        }
    }

    fn apply(&mut self, change: &Change) {
        match (change, &mut *self) {
            (Change::Replace(value), _) => *self = value.clone(),
            (Change::Insert(at, _, value), Self::Array(items)) => {
                items.insert(at.index(items.len() + 1), value.clone())
            }
            (Change::Insert(at, key, value), Self::Map(entries)) => {
                entries.insert(at.index(entries.len() + 1), (key.clone(), value.clone()));
            }
            (Change::Remove(at), Self::Array(items)) if !items.is_empty() => _ = items.remove(at.index(items.len())),
            (Change::Remove(at), Self::Map(all)) if !all.is_empty() => _ = all.remove(at.index(all.len())),
            (Change::Repeat(of, at, other), Self::Map(entries)) if !entries.is_empty() => {
                let (key, value) = entries[of.index(entries.len())].clone();
                entries.insert(at.index(entries.len() + 1), (key, other.clone().unwrap_or(value)));
            }
            (Change::Open, Self::Array(_) | Self::Map(_)) => *self = Self::Open(Box::new(self.clone())),
            _ => {}
        }
    }
}
