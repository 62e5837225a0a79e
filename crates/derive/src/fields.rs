//! The fields of a struct or of a variant.

use proc_macro2::Span;
use syn::{Error, Fields, GenericArgument, Ident, Index, Member, PathArguments, Result, Type};

use crate::attributes::Attributes;

/// Which were read is kept in the bits of a number.
const MOST: usize = 64;

pub(crate) struct Field<'t> {
    pub(crate) member: Member,
    /// Stands for it in a pattern.
    pub(crate) binding: Ident,
    pub(crate) key: u8,
    pub(crate) ty: &'t Type,
    pub(crate) attributes: Attributes,
}

impl<'t> Field<'t> {
    /// All of them, by number.
    pub(crate) fn all(fields: &'t Fields) -> Result<Vec<Self>> {
        let mut all = fields.iter().enumerate().map(|(at, field)| Self::new(at, field)).collect::<Result<Vec<_>>>()?;
        if all.len() > MOST {
            return Err(Error::new_spanned(fields, format!("more than {MOST} fields")));
        }
        all.sort_by_key(|field| field.key);
        match all.windows(2).find(|two| two[0].key == two[1].key) {
            Some(two) => Err(Error::new_spanned(fields, format!("two fields have the number {}", two[0].key))),
            None => Ok(all),
        }
    }

    fn new(place: usize, field: &'t syn::Field) -> Result<Self> {
        let attributes = Attributes::of(&field.attrs)?;
        Ok(Self {
            member: field.ident.clone().map_or_else(|| Member::Unnamed(Index::from(place)), Member::Named),
            binding: Ident::new(&format!("field{place}"), Span::mixed_site()),
            key: attributes.index(field)?.base10_parse()?,
            ty: &field.ty,
            attributes,
        })
    }

    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.to_string(),
            Member::Unnamed(place) => place.index.to_string(),
        }
    }
}

/// By name: a derive sees no more of a type.
pub(crate) fn is_one_of(ty: &Type, names: &[&str]) -> bool {
    let Type::Path(path) = ty else { return false };
    path.qself.is_none() && path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// What a type of one parameter, as `Vec` is, is of.
pub(crate) fn item<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(of) = &path.path.segments.last()?.arguments else { return None };
    match of.args.first()? {
        GenericArgument::Type(item) if is_one_of(ty, &[name]) => Some(item),
        _ => None,
    }
}
