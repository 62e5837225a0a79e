//! The methods of `minicbor::Decode`, for each kind of type.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Ident, Index, Result, Type};

use crate::attributes::{Attributes, Encoding, number};
use crate::fields::{Field, is_one_of, item};

pub(crate) fn methods(input: &DeriveInput) -> Result<TokenStream> {
    let attributes = Attributes::of(&input.attrs)?;
    match &input.data {
        Data::Struct(data) if attributes.transparent => transparent(input, &data.fields),
        Data::Struct(data) => {
            let encoding = attributes.encoding.unwrap_or(Encoding::Array);
            let error = read(&data.fields, encoding, &quote!(Self), &input.ident.to_string())?;
            Ok(decode(&quote!(::core::result::Result::Err(#error))))
        }
        Data::Enum(data) if attributes.index_only => numbers(data),
        Data::Enum(data) => variants(&input.ident, data, attributes.encoding),
        Data::Union(data) => Err(Error::new(data.union_token.span, "a union cannot be decoded")),
    }
}

fn decode(body: &TokenStream) -> TokenStream {
    quote! {
        fn decode(
            d: &mut ::minicbor::Decoder<'bytes>,
            ctx: &mut Ctx,
        ) -> ::core::result::Result<Self, ::minicbor::decode::Error> {
            #body
        }
    }
}

/// Read as the one field is, and missing where that may be.
fn transparent(input: &DeriveInput, fields: &Fields) -> Result<TokenStream> {
    let mut all = fields.members().zip(fields);
    let (Some((member, field)), None) = (all.next(), all.next()) else {
        return Err(Error::new_spanned(&input.ident, "`transparent` is for a struct with one field"));
    };
    let ty = &field.ty;
    let attributes = Attributes::of(&field.attrs)?;
    let (inner, pattern) = as_read(ty, &attributes, &quote!(value));
    let decode = decode(&quote! {
        <#inner as ::minicbor::Decode<'bytes, Ctx>>::decode(d, ctx).map(|#pattern| Self { #member: value })
    });
    // With a codec of its own minicbor asks nobody for what a missing value would be.
    let nil = (!attributes.bytes).then(|| {
        quote! {
            fn nil() -> ::core::option::Option<Self> {
                <#ty as ::minicbor::Decode<'bytes, Ctx>>::nil().map(|value| Self { #member: value })
            }
        }
    });
    Ok(quote!(#decode #nil))
}

/// An enum that is its number alone.
fn numbers(data: &DataEnum) -> Result<TokenStream> {
    let mut arms = Vec::new();
    for variant in &data.variants {
        let Fields::Unit = variant.fields else {
            return Err(Error::new_spanned(variant, "`index_only` is for variants without fields"));
        };
        let name = &variant.ident;
        let index = number(Attributes::of(&variant.attrs)?.index(variant)?);
        arms.push(quote!(#index => ::core::result::Result::Ok(Self::#name)));
    }
    Ok(decode(&quote! {
        match d.i64()? {
            #(#arms,)*
            other => ::core::result::Result::Err(::xchat_wire::cbor::unknown(d, other)),
        }
    }))
}

/// `[number, fields]`. All ways to fail end in one place.
fn variants(name: &Ident, data: &DataEnum, encoding: Option<Encoding>) -> Result<TokenStream> {
    let mut arms = Vec::new();
    let mut units = Vec::new();
    for variant in &data.variants {
        let ident = &variant.ident;
        let attributes = Attributes::of(&variant.attrs)?;
        let index = number(attributes.index(variant)?);
        if let Fields::Unit = variant.fields {
            units.push((index, ident));
            continue;
        }
        let encoding = attributes.encoding.or(encoding).unwrap_or(Encoding::Array);
        let error = read(&variant.fields, encoding, &quote!(Self::#ident), &format!("{name}::{ident}"))?;
        arms.push(quote!(#index => #error));
    }
    // One item stands where fields would, whatever it is.
    if let Some((last, others)) = units.split_last() {
        let indices = units.iter().map(|(index, _)| index);
        let (numbers, names): (Vec<_>, Vec<_>) = others.iter().cloned().unzip();
        let last = last.1;
        arms.push(quote! {
            unit @ (#(#indices)|*) => match ::xchat_wire::cbor::skip(d) {
                ::core::result::Result::Ok(()) => return ::core::result::Result::Ok(match unit {
                    #(#numbers => Self::#names,)*
                    _ => Self::#last,
                }),
                ::core::result::Result::Err(error) => error,
            }
        });
    }
    Ok(decode(&quote! {
        let error = match ::xchat_wire::cbor::variant(d) {
            ::core::result::Result::Ok(index) => match index {
                #(#arms,)*
                other => ::xchat_wire::cbor::unknown(d, other),
            },
            ::core::result::Result::Err(error) => error,
        };
        ::core::result::Result::Err(error)
    }))
}

/// An expression of type `decode::Error` that returns the value from the method if its fields can be read.
///
/// `path` makes the value, `name` is told when a field is missing.
fn read(fields: &Fields, encoding: Encoding, path: &TokenStream, name: &str) -> Result<TokenStream> {
    let mut all = Field::all(fields)?;
    // The needed ones first: their number is enough to know them by.
    all.sort_by_key(|field| !needed(field));
    let must: Vec<&Field<'_>> = all.iter().filter(|field| needed(field)).collect();
    let names = must.iter().fold(name.to_owned(), |names, field| format!("{names} {}", field.name()));
    let count = u8::try_from(must.len()).map_err(|error| Error::new_spanned(fields, error))?;
    let array = encoding == Encoding::Array;
    let keys = all.iter().map(|field| field.key);
    let (starts, patterns): (Vec<_>, Vec<_>) = all.iter().map(slot).unzip();
    let places = (0..all.len()).map(Index::from);
    let (members, bindings): (Vec<_>, Vec<_>) = all.iter().map(|field| (&field.member, &field.binding)).unzip();
    let slots = format_ident!("slots", span = Span::mixed_site());
    let read = format_ident!("read", span = Span::mixed_site());
    Ok(quote! {{
        let mut #slots = (#(#starts,)*);
        let #read = ::xchat_wire::cbor::fields(
            d,
            ctx,
            const {
                &::xchat_wire::cbor::Shape {
                    names: ::xchat_wire::cbor::names(#names),
                    array: #array,
                    needed: #count,
                    keys: &[#(#keys),*],
                }
            },
            &mut [#(&mut #slots.#places),*],
        );
        if #read.is_ok() && let (#(#patterns,)*) = #slots {
            return ::core::result::Result::Ok(#path { #(#members: #bindings),* });
        }
        ::xchat_wire::cbor::failed(#read)
    }})
}

/// Whether the field must not be missing, as far as its name tells: another type may have a value for it too.
fn needed(field: &Field<'_>) -> bool {
    !(field.attributes.default || is_one_of(field.ty, &["Option"]))
}

/// What makes the slot, empty or with a value, and the pattern that takes the value out of it.
fn slot(field: &Field<'_>) -> (TokenStream, TokenStream) {
    // A value that costs nothing to make stands in its slot from the start: no second tag beside it.
    let plain = ["bool", "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64"];
    let has =
        !needed(field) || is_one_of(field.ty, &plain) || (item(field.ty, "Vec").is_some() && !field.attributes.bytes);
    let binding = &field.binding;
    let (ty, value) = as_read(field.ty, &field.attributes, &quote!(#binding));
    if has {
        (
            quote!(::xchat_wire::cbor::Has::<#ty>(::core::default::Default::default())),
            quote!(::xchat_wire::cbor::Has(#value)),
        )
    } else {
        (
            quote!(::xchat_wire::cbor::Need::<#ty>(::core::option::Option::None)),
            quote!(::xchat_wire::cbor::Need(::core::option::Option::Some(#value))),
        )
    }
}

/// The type whose decoder reads a field, and the pattern that binds `inner` to the field's value in it.
fn as_read(ty: &Type, attributes: &Attributes, inner: &TokenStream) -> (TokenStream, TokenStream) {
    let (reader, of) = match (item(ty, "Option"), item(ty, "Vec")) {
        (Some(of), _) if attributes.bytes => (quote!(::xchat_wire::cbor::MaybeBytes), of),
        (Some(of), _) => (quote!(::xchat_wire::cbor::Maybe), of),
        _ if attributes.bytes => (quote!(::xchat_wire::cbor::Bytes), ty),
        (_, Some(of)) => (quote!(::xchat_wire::cbor::List), of),
        _ => return (quote!(#ty), quote!(#inner)),
    };
    (quote!(#reader<#of>), quote!(#reader(#inner)))
}
