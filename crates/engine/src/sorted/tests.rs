//! They do what the standard library's trees do.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{SortedMap, SortedSet, in_order};

#[derive(Debug, Clone)]
enum Act {
    Insert(u8, u16),
    Entry(u8),
    Remove(u8),
    Change(u8, u16),
    Retain(u8),
    Clear,
}

fn act() -> impl Strategy<Value = Act> {
    let key = 0_u8..24;
    prop_oneof![
        8 => (key.clone(), any::<u16>()).prop_map(|(key, value)| Act::Insert(key, value)),
        3 => key.clone().prop_map(Act::Entry),
        4 => key.clone().prop_map(Act::Remove),
        2 => (key.clone(), any::<u16>()).prop_map(|(key, value)| Act::Change(key, value)),
        1 => key.prop_map(Act::Retain),
        1 => Just(Act::Clear),
    ]
}

proptest! {
    #[test]
    fn a_map_is_a_tree_to_its_users(acts in prop::collection::vec(act(), 0..60)) {
        let (mut list, mut tree) = (SortedMap::<u8, u16>::new(), BTreeMap::<u8, u16>::new());
        for act in acts {
            match act {
                Act::Insert(key, value) => prop_assert_eq!(list.insert(key, value), tree.insert(key, value)),
                Act::Entry(key) => {
                    let value = list.entry(key).or_default();
                    *value = value.wrapping_add(1);
                    let value = tree.entry(key).or_default();
                    *value = value.wrapping_add(1);
                }
                Act::Remove(key) => prop_assert_eq!(list.remove(&key), tree.remove(&key)),
                Act::Change(key, to) => {
                    prop_assert_eq!(list.contains_key(&key), tree.contains_key(&key));
                    if let Some(value) = list.get_mut(&key) {
                        *value = to;
                    }
                    if let Some(value) = tree.get_mut(&key) {
                        *value = to;
                    }
                }
                Act::Retain(most) => {
                    list.retain(|key, _| *key <= most);
                    tree.retain(|key, _| *key <= most);
                }
                Act::Clear => {
                    list.clear();
                    tree.clear();
                }
            }
            prop_assert!(list.iter().eq(tree.iter()));
            prop_assert_eq!(list.get(&7), tree.get(&7));
            prop_assert_eq!((list.len(), list.is_empty()), (tree.len(), tree.is_empty()));
        }
    }

    #[test]
    fn a_set_is_a_tree_to_its_users(acts in prop::collection::vec((any::<bool>(), 0_u8..24), 0..60)) {
        let (mut list, mut tree) = (SortedSet::<u8>::new(), BTreeSet::<u8>::new());
        for (insert, item) in acts {
            if insert {
                prop_assert_eq!(list.insert(item), tree.insert(item));
            } else {
                prop_assert_eq!(list.remove(&item), tree.remove(&item));
            }
            prop_assert!(list.iter().eq(tree.iter()));
            prop_assert_eq!(list.contains(&7), tree.contains(&7));
        }
    }

    #[test]
    fn a_list_is_put_in_order_and_equals_stay_as_they_came(list in prop::collection::vec((0_u8..8, any::<u16>()), 0..40)) {
        let (mut own, mut expected) = (list.clone(), list);
        in_order(&mut own, |(a, _), (b, _)| a > b);
        expected.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
        prop_assert_eq!(own, expected);
    }
}
