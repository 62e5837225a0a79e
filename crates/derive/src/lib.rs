//! `#[derive(Decode)]`: minicbor's decoder trait, with its attributes and its meaning, but small when compiled.
//!
//! A client's download has a budget, and minicbor's own derive spends much of it: it writes the matching of each field
//! twice, for definite and for indefinite lengths, and the handling of each missing and each unknown value in place.
//! What is derived here only lays out a place for each field (`xchat_wire::cbor::Slot`) and hands them, with a
//! constant that names their keys, to one loop that all types share (`xchat_wire::cbor::fields`).
//!
//! Maps and arrays of fields of indefinite length are refused: nothing of ours writes them. Everything else is read
//! as minicbor's derive would read it; `tests/` compares the two. An attribute that is not known here is an error, so
//! that none is silently ignored.

mod attributes;
mod body;
mod fields;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{DeriveInput, GenericParam, Generics, Lifetime, parse_macro_input, parse_quote};

/// Implements `minicbor::Decode` for structs and enums.
#[proc_macro_derive(Decode, attributes(n, b, cbor))]
pub fn decode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    implementation(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn implementation(input: &DeriveInput) -> syn::Result<Tokens> {
    let name = &input.ident;
    let methods = body::methods(input)?;
    let generics = decoding(&input.generics);
    let (header, _, _) = generics.split_for_impl();
    let (_, of, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #header ::minicbor::Decode<'bytes, Ctx> for #name #of #bounds {
            #methods
        }
    })
}

/// The type's own parameters, with the bytes that outlive what it borrows and a context of any type.
fn decoding(own: &Generics) -> Generics {
    let mut generics = own.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::minicbor::Decode<'bytes, Ctx>));
    }
    let borrowed: Vec<Lifetime> = own.lifetimes().map(|parameter| parameter.lifetime.clone()).collect();
    let bytes: GenericParam = parse_quote!('bytes: #(#borrowed +)*);
    generics.params.insert(0, bytes);
    generics.params.push(parse_quote!(Ctx));
    generics
}
