//! The methods of `minicbor::Decode`, for each kind of type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Ident, LitInt, Result};

use crate::attributes::{Attributes, Encoding};
use crate::fields::{as_read, read};

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
            unit @ (#(#indices)|*) => match d.skip() {
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

/// Without what may stand behind its digits, to be matched as the `i64` that is read.
fn number(index: &LitInt) -> LitInt {
    LitInt::new(index.base10_digits(), index.span())
}
