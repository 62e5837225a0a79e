//! The attributes that minicbor's derives take, as far as they are in use here.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitInt, LitStr, Result, parenthesized};

/// How fields are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// By place, what there is without an attribute.
    Array,
    /// By integer key.
    Map,
}

/// What was said of a type, a variant or a field.
#[derive(Default)]
pub(crate) struct Attributes {
    /// `n(N)` or `b(N)`.
    pub(crate) index: Option<LitInt>,
    pub(crate) encoding: Option<Encoding>,
    /// A struct that is written as its one field.
    pub(crate) transparent: bool,
    /// An enum that is written as its variant's number alone.
    pub(crate) index_only: bool,
    /// A missing field has its type's default.
    pub(crate) default: bool,
    /// A byte string: `with = "minicbor::bytes"`.
    pub(crate) bytes: bool,
}

impl Attributes {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes {
            let path = attribute.path();
            if path.is_ident("n") || path.is_ident("b") {
                found.index = Some(attribute.parse_args()?);
            } else if path.is_ident("cbor") {
                attribute.parse_nested_meta(|meta| found.take(&meta))?;
            }
        }
        Ok(found)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let Some(word) = meta.path.get_ident() else { return Err(meta.error("not an attribute of this derive")) };
        match word.to_string().as_str() {
            "n" | "b" => {
                let number;
                parenthesized!(number in meta.input);
                self.index = Some(number.parse()?);
            }
            "map" => self.encoding = Some(Encoding::Map),
            "array" => self.encoding = Some(Encoding::Array),
            "transparent" => self.transparent = true,
            "index_only" => self.index_only = true,
            "default" => self.default = true,
            "with" => {
                let codec: LitStr = meta.value()?.parse()?;
                if codec.value() != "minicbor::bytes" {
                    return Err(Error::new(codec.span(), "this derive knows `minicbor::bytes` only"));
                }
                self.bytes = true;
            }
            _ => return Err(meta.error("not an attribute of this derive")),
        }
        Ok(())
    }

    /// The number of a field or variant, which must have one.
    pub(crate) fn index(&self, of: &impl quote::ToTokens) -> Result<&LitInt> {
        self.index.as_ref().ok_or_else(|| Error::new_spanned(of, "needs its number: `#[n(..)]` or `#[b(..)]`"))
    }
}

/// Without what may stand behind its digits, to be matched as the `i64` that is read.
pub(crate) fn number(index: &LitInt) -> LitInt {
    LitInt::new(index.base10_digits(), index.span())
}
