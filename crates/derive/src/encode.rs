//! The methods of `minicbor::Encode`, for each kind of type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Result};

use crate::attributes::{Attributes, Encoding, number};
use crate::fields::Field;

pub(crate) fn methods(input: &DeriveInput) -> Result<TokenStream> {
    let attributes = Attributes::of(&input.attrs)?;
    match &input.data {
        Data::Struct(data) if attributes.transparent => transparent(input, &data.fields),
        Data::Struct(data) => {
            let fields = Field::all(&data.fields)?;
            let layout = layout(&fields, attributes.encoding, &quote!(0));
            let values = fields.iter().map(|field| {
                let member = &field.member;
                value(&field.attributes, &quote!(&self.#member))
            });
            Ok(encode(&quote!(::xchat_wire::cbor::put_fields(e, ctx, #layout, &[#(#values),*]))))
        }
        Data::Enum(data) if attributes.index_only => numbers(data),
        Data::Enum(data) => variants(data, attributes.encoding),
        Data::Union(data) => Err(Error::new(data.union_token.span, "a union cannot be encoded")),
    }
}

fn encode(body: &TokenStream) -> TokenStream {
    quote! {
        fn encode<W: ::minicbor::encode::Write>(
            &self,
            e: &mut ::minicbor::Encoder<W>,
            ctx: &mut Ctx,
        ) -> ::core::result::Result<(), ::minicbor::encode::Error<W::Error>> {
            #body
        }
    }
}

fn layout(fields: &[Field<'_>], encoding: Option<Encoding>, index: &TokenStream) -> TokenStream {
    let array = encoding != Some(Encoding::Map);
    let keys = fields.iter().map(|field| field.key);
    quote!(&::xchat_wire::cbor::Layout { index: #index, array: #array, keys: &[#(#keys),*] })
}

/// What writes the value behind a reference to it.
fn value(attributes: &Attributes, of: &TokenStream) -> TokenStream {
    if attributes.bytes { quote!(&::xchat_wire::cbor::Bytes(#of)) } else { of.clone() }
}

/// Written as the one field is, and nothing where that is nothing.
fn transparent(input: &DeriveInput, fields: &Fields) -> Result<TokenStream> {
    let mut all = fields.members().zip(fields);
    let (Some((member, field)), None) = (all.next(), all.next()) else {
        return Err(Error::new_spanned(&input.ident, "`transparent` is for a struct with one field"));
    };
    let attributes = Attributes::of(&field.attrs)?;
    let value = value(&attributes, &quote!(&self.#member));
    let encode = encode(&quote!(::minicbor::Encode::<Ctx>::encode(#value, e, ctx)));
    // With a codec of its own minicbor asks nobody whether a value stands for none.
    let nil = (!attributes.bytes).then(|| {
        quote! {
            fn is_nil(&self) -> bool {
                ::minicbor::Encode::<Ctx>::is_nil(&self.#member)
            }
        }
    });
    Ok(quote!(#encode #nil))
}

/// An enum that is its number alone.
fn numbers(data: &DataEnum) -> Result<TokenStream> {
    let mut arms = Vec::new();
    for variant in &data.variants {
        let name = &variant.ident;
        let index = number(Attributes::of(&variant.attrs)?.index(variant)?);
        arms.push(quote!(Self::#name => #index));
    }
    Ok(encode(&quote! {
        e.i64(match self { #(#arms),* })?.ok()
    }))
}

/// `[number, fields]`.
fn variants(data: &DataEnum, encoding: Option<Encoding>) -> Result<TokenStream> {
    let mut arms = Vec::new();
    for variant in &data.variants {
        let name = &variant.ident;
        let attributes = Attributes::of(&variant.attrs)?;
        let index = number(attributes.index(variant)?);
        let fields = Field::all(&variant.fields)?;
        let layout = layout(&fields, attributes.encoding.or(encoding), &quote!(#index));
        let (members, bindings): (Vec<_>, Vec<_>) = fields.iter().map(|field| (&field.member, &field.binding)).unzip();
        let values = fields.iter().map(|field| {
            let binding = &field.binding;
            value(&field.attributes, &quote!(#binding))
        });
        arms.push(quote! {
            Self::#name { #(#members: #bindings),* } => {
                ::xchat_wire::cbor::put_variant(e, ctx, #layout, &[#(#values),*])
            }
        });
    }
    Ok(encode(&quote!(match self { #(#arms)* })))
}
