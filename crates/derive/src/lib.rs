//! `#[derive(Decode, Encode)]`: minicbor's traits, with its attributes and its bytes, but small when compiled.
//!
//! A client's download has a budget, and minicbor's own derives spent much of it: they write the matching of each field
//! twice, for definite and for indefinite lengths, and the handling of each missing, unknown and empty value in place.
//! What is derived here only lays out a place for each field and hands them, with a constant that names their keys, to
//! one loop that all types share (`xchat_wire::cbor`).
//!
//! Maps, arrays of fields and lists of indefinite length are refused: nothing of ours writes them. Everything else is
//! read and written as by minicbor's derives; `tests/` compares the two. An attribute that is not known here is an
//! error, so that none is silently ignored.

mod attributes;
mod decode;
mod encode;
mod fields;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{DeriveInput, Generics, Lifetime, TypeParamBound, parse_macro_input, parse_quote};

/// Implements `minicbor::Decode` for structs and enums.
#[proc_macro_derive(Decode, attributes(n, b, cbor))]
pub fn derive_decode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    decoder(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Implements `minicbor::Encode` for structs and enums.
#[proc_macro_derive(Encode, attributes(n, b, cbor))]
pub fn derive_encode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    encoder(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn decoder(input: &DeriveInput) -> syn::Result<Tokens> {
    let methods = decode::methods(input)?;
    // What it borrows lives as long as the bytes do.
    let borrowed: Vec<Lifetime> = input.generics.lifetimes().map(|parameter| parameter.lifetime.clone()).collect();
    let mut generics = with_context(&input.generics, &parse_quote!(::minicbor::Decode<'bytes, Ctx>));
    generics.params.insert(0, parse_quote!('bytes: #(#borrowed +)*));
    Ok(implementation(input, &generics, &quote!(::minicbor::Decode<'bytes, Ctx>), &methods))
}

fn encoder(input: &DeriveInput) -> syn::Result<Tokens> {
    let methods = encode::methods(input)?;
    let generics = with_context(&input.generics, &parse_quote!(::minicbor::Encode<Ctx>));
    Ok(implementation(input, &generics, &quote!(::minicbor::Encode<Ctx>), &methods))
}

/// The type's own parameters, which can what the type can, and a context of any type.
fn with_context(own: &Generics, bound: &TypeParamBound) -> Generics {
    let mut generics = own.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(bound.clone());
    }
    generics.params.push(parse_quote!(Ctx));
    generics
}

fn implementation(input: &DeriveInput, generics: &Generics, of: &Tokens, methods: &Tokens) -> Tokens {
    let name = &input.ident;
    let (header, _, _) = generics.split_for_impl();
    let (_, own, bounds) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #header #of for #name #own #bounds {
            #methods
        }
    }
}
