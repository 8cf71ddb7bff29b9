//! Order keys of siblings: their order, and how long they get.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::digits::MAX_DIGITS;
use super::*;

/// A change of a list of siblings.
#[derive(Debug, Clone)]
enum Change {
    Insert(usize),
    /// Inserts `count` nodes, each after the previous one, or each before it.
    Run {
        at: usize,
        count: usize,
        is_downwards: bool,
    },
    /// Inserts `count` nodes, each next to the previous one; the bits of `sides` say on which side.
    Nest {
        at: usize,
        count: usize,
        sides: u64,
    },
    Remove(usize, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let run = (any::<usize>(), 1..300usize, any::<bool>());
    let change = prop_oneof![
        4 => any::<usize>().prop_map(Change::Insert),
        3 => Just(Change::Insert(usize::MAX)),
        1 => Just(Change::Insert(0)),
        1 => run.prop_map(|(at, count, is_downwards)| Change::Run { at, count, is_downwards }),
        1 => (any::<usize>(), 1..64usize, any::<u64>())
            .prop_map(|(at, count, sides)| Change::Nest { at, count, sides }),
        1 => (any::<usize>(), 0..60usize).prop_map(|(at, count)| Change::Remove(at, count)),
    ];
    proptest::collection::vec(change, 1..200)
}

fn new_key(keys: &[OrderKey], index: usize) -> Option<OrderKey> {
    match (index.checked_sub(1).and_then(|before| keys.get(before)), keys.get(index)) {
        (Some(before), Some(after)) => before.between(after),
        (None, Some(after)) => after.before(),
        (Some(before), None) => before.after(),
        (None, None) => Some(OrderKey::first()),
    }
}

/// A list of siblings into which nodes are inserted.
struct Siblings {
    keys: Vec<OrderKey>,
    inserts: usize,
}

impl Siblings {
    fn new(length: usize) -> Self {
        let ends = std::iter::successors(Some(OrderKey::first()), OrderKey::after);
        Self { keys: ends.take(length).collect(), inserts: 0 }
    }

    /// Inserts a node, and checks that its key is in order. Returns false if there is no key for it.
    fn insert(&mut self, index: usize) -> bool {
        let Some(new) = new_key(&self.keys, index) else { return false };
        let text = new.to_string();
        assert!(text.len() <= MAX_DIGITS);
        assert_eq!(text.parse::<OrderKey>(), Ok(new.clone()));
        assert!(index == 0 || self.keys[index - 1] < new);
        assert!(index == self.keys.len() || new < self.keys[index]);
        self.keys.insert(index, new);
        self.inserts += 1;
        true
    }

    /// Inserts a node at each of the indices. Returns the number of digits after the point of the longest
    /// key.
    fn digits_after(mut self, indices: impl IntoIterator<Item = usize>) -> usize {
        for index in indices {
            assert!(self.insert(index), "no room after {}", self.inserts);
        }
        self.keys.iter().map(|position| position.0.len()).max().unwrap_or_default() - INTEGER_DIGITS
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..<_>::default() })]

    #[test]
    fn new_key_is_strictly_between_its_neighbours_and_parses_again(
        length in 0..300usize, changes in changes()
    ) {
        let mut siblings = Siblings::new(length);
        for change in changes {
            match change {
                Change::Insert(at) => {
                    let length = siblings.keys.len();
                    let index = if at == usize::MAX { length } else { at % (length + 1) };
                    prop_assert!(siblings.insert(index));
                }
                Change::Run { at, count, is_downwards } => {
                    let index = at % (siblings.keys.len() + 1);
                    for n in 0..count {
                        let index = if is_downwards { index } else { index + n };
                        prop_assert!(siblings.insert(index));
                    }
                }
                Change::Nest { at, count, sides } => {
                    let mut index = at % (siblings.keys.len() + 1);
                    for n in 0..count {
                        prop_assert!(siblings.insert(index));
                        index += usize::from(sides >> n & 1 == 1);
                    }
                }
                Change::Remove(at, count) => {
                    let from = at % (siblings.keys.len() + 1);
                    let to = (from + count).min(siblings.keys.len());
                    siblings.keys.drain(from..to);
                }
            }
            prop_assert!(siblings.keys.is_sorted_by(|one, other| one < other));
        }
    }

    // Keys as they may have been written manually.
    #[test]
    fn between_any_two_keys_there_is_a_key_or_none(
        one in "[0f]{6,11}[0-9a-f]{6,12}|[0-9a-f]{12,20}", zeros in 0..3usize, tail in "[0-9a-f]{0,4}",
        other in "[0-9a-f]{12,20}"
    ) {
        let near = format!("{one}{}{tail}", "0".repeat(zeros));
        for other in [near, other] {
            let one: OrderKey = one.parse().unwrap();
            let other: OrderKey = other.parse().unwrap();
            let (low, high) = if one < other { (one, other) } else { (other, one) };
            if let Some(middle) = low.between(&high) {
                prop_assert!(low < middle && middle < high);
            }
            prop_assert!(low.after().unwrap() > low);
            prop_assert!(high.before().is_none_or(|before| before < high));
        }
    }
}

#[test]
fn runs_need_few_digits() {
    let behind_each_other = Siblings::new(2).digits_after((0..5_000).map(|n| 1 + n));
    let before_each_other = Siblings::new(2).digits_after(std::iter::repeat_n(1, 5_000));
    assert_eq!((behind_each_other, before_each_other), (7, 7));
    let (at_the_end, at_the_front) = (2..5_002, std::iter::repeat_n(0, 5_000));
    let ends =
        (Siblings::new(2).digits_after(at_the_end), Siblings::new(2).digits_after(at_the_front));
    assert_eq!(ends, (0, 0));
}

#[test]
fn each_node_between_the_previous_two_needs_one_bit() {
    assert_eq!(Siblings::new(2).digits_after((0..4_000).map(|n| 1 + n / 2)), 1_000);
}

#[test]
fn each_node_on_the_longer_side_needs_two_bits_at_most() {
    let mut index = 1;
    let mut siblings = Siblings::new(2);
    for _ in 0..1_000 {
        assert!(siblings.insert(index));
        let longer = |index: usize| new_key(&siblings.keys, index).unwrap().0.len();
        index += usize::from(longer(index + 1) > longer(index));
    }
    let longest =
        siblings.keys.iter().map(|position| position.0.len()).max().unwrap() - INTEGER_DIGITS;
    assert!(longest <= 500, "{longest} digits");
    // The worst case begins a new block each time, and then goes back.
    let sides = (0..1_000).scan(1, |index, n| {
        let now = *index;
        *index += usize::from(n % 6 < 5);
        Some(now)
    });
    assert!(Siblings::new(2).digits_after(sides) <= 502);
}

#[test]
fn keys_have_a_maximum_length() {
    let mut siblings = Siblings::new(2);
    let mut count = 0;
    while siblings.insert(1 + count / 2) {
        count += 1;
    }
    assert!(count > 4_000, "{count}");
    let longest = |siblings: &Siblings| siblings.keys.iter().map(|position| position.0.len()).max();
    assert_eq!(longest(&siblings), Some(MAX_DIGITS));
    assert!(siblings.keys.is_sorted_by(|one, other| one < other));
    // Nodes can still be inserted elsewhere.
    for index in [0, siblings.keys.len() + 1, 1, siblings.keys.len() - 1] {
        assert!(siblings.insert(index));
    }
}

#[test]
fn key_next_to_one_that_is_too_long_is_found() {
    let first = OrderKey::first();
    let long: OrderKey = format!("{first}{}", "7".repeat(5_000)).parse().unwrap();
    assert_eq!(first.between(&long).unwrap().to_string(), format!("{first}4"));
    assert_eq!(long.between(&first.after().unwrap()).unwrap().to_string(), format!("{first}8"));
    let longer: OrderKey = format!("{long}7").parse().unwrap();
    assert_eq!(long.between(&longer), None);
}

#[test]
fn keys_beyond_the_largest_and_smallest_integers_are_found() {
    let position = |text: &str| text.parse::<OrderKey>().unwrap();
    let (mut first, mut last) = (position("0000000000008"), position("ffffffffffff"));
    for _ in 0..500 {
        let (before, after) = (first.before().unwrap(), last.after().unwrap());
        assert!(before < first && last < after);
        (first, last) = (before, after);
    }
    assert_eq!(position("000000000000").before(), None);
    assert_eq!(position("00000000000000").before(), None);
    // No key is between a number and the same number with trailing zeros.
    assert_eq!(position("800000000000").between(&position("8000000000000")), None);
}
