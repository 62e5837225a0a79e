//! The fields of a struct or of a variant: where each is put while it is read, and how the value is made of them.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Error, Fields, Ident, Index, Member, Result, Type};

use crate::attributes::{Attributes, Encoding};

/// Which were read is kept in the bits of a number.
const MOST: usize = 64;

/// A field, and what stands for it while it is read.
struct Field {
    member: Member,
    key: u8,
    /// Missing is an error.
    needed: bool,
    /// Makes the slot, empty or with the value that a missing field has.
    start: TokenStream,
    /// Takes the value out of the slot.
    pattern: TokenStream,
    binding: Ident,
}

impl Field {
    fn new(place: usize, field: &syn::Field) -> Result<Self> {
        let attributes = Attributes::of(&field.attrs)?;
        let key = attributes.index(field)?.base10_parse()?;
        let binding = Ident::new(&format!("field{place}"), Span::mixed_site());
        let option = is_one_of(&field.ty, &["Option"]);
        // A value that costs nothing to make stands in its slot from the start: no second tag beside it.
        let plain = is_one_of(&field.ty, &["bool", "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64"]);
        let has = option || plain || attributes.default;
        let (ty, value) = as_read(&field.ty, &attributes, &quote!(#binding));
        let (start, pattern) = if has {
            (
                quote!(::xchat_wire::cbor::Has::<#ty>(::core::default::Default::default())),
                quote!(::xchat_wire::cbor::Has(#value)),
            )
        } else {
            (
                quote!(::xchat_wire::cbor::Need::<#ty>(::core::option::Option::None)),
                quote!(::xchat_wire::cbor::Need(::core::option::Option::Some(#value))),
            )
        };
        let member = field.ident.clone().map_or_else(|| Member::Unnamed(Index::from(place)), Member::Named);
        Ok(Self { member, key, needed: !(option || attributes.default), start, pattern, binding })
    }

    fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.to_string(),
            Member::Unnamed(place) => place.index.to_string(),
        }
    }
}

/// An expression of type `decode::Error` that returns the value from the method if its fields can be read.
///
/// `path` makes the value, `name` is told when a field is missing.
pub(crate) fn read(fields: &Fields, encoding: Encoding, path: &TokenStream, name: &str) -> Result<TokenStream> {
    let mut all = fields.iter().enumerate().map(|(at, field)| Field::new(at, field)).collect::<Result<Vec<_>>>()?;
    if all.len() > MOST {
        return Err(Error::new_spanned(fields, format!("more than {MOST} fields")));
    }
    // The needed ones first: their number is enough to know them by.
    all.sort_by_key(|field| !field.needed);
    for (at, field) in all.iter().enumerate() {
        if all[..at].iter().any(|other| other.key == field.key) {
            return Err(Error::new_spanned(fields, format!("two fields have the number {}", field.key)));
        }
    }
    let needed: Vec<&Field> = all.iter().filter(|field| field.needed).collect();
    let names = needed.iter().fold(name.to_owned(), |names, field| format!("{names} {}", field.name()));
    let count = u8::try_from(needed.len()).map_err(|error| Error::new_spanned(fields, error))?;
    let array = encoding == Encoding::Array;
    let keys = all.iter().map(|field| field.key);
    let starts = all.iter().map(|field| &field.start);
    let patterns = all.iter().map(|field| &field.pattern);
    let places = (0..all.len()).map(Index::from);
    let (members, bindings): (Vec<_>, Vec<_>) = all.iter().map(|field| (&field.member, &field.binding)).unzip();
    let slots = format_ident!("slots", span = Span::mixed_site());
    let read = format_ident!("read", span = Span::mixed_site());
    Ok(quote! {{
        let mut #slots = (#(#starts,)*);
        let #read = ::xchat_wire::cbor::fields(
            d,
            ctx,
            &::xchat_wire::cbor::Shape { names: #names, array: #array, needed: #count, keys: &[#(#keys),*] },
            &mut [#(&mut #slots.#places),*],
        );
        if #read.is_ok() && let (#(#patterns,)*) = #slots {
            return ::core::result::Result::Ok(#path { #(#members: #bindings),* });
        }
        ::xchat_wire::cbor::failed(#read)
    }})
}

/// The type whose decoder reads a field, and the pattern that binds `inner` to the field's value in it.
pub(crate) fn as_read(ty: &Type, attributes: &Attributes, inner: &TokenStream) -> (TokenStream, TokenStream) {
    if attributes.bytes {
        (quote!(::xchat_wire::cbor::Bytes<#ty>), quote!(::xchat_wire::cbor::Bytes(#inner)))
    } else {
        (quote!(#ty), quote!(#inner))
    }
}

/// By name: a derive sees no more of a type.
fn is_one_of(ty: &Type, names: &[&str]) -> bool {
    let Type::Path(path) = ty else { return false };
    path.qself.is_none() && path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}
