//! Finds hexadecimal digits between those of two order keys, such that keys stay short in whatever order
//! nodes are inserted.
//!
//! The digits are those of a number with [`INTEGER_DIGITS`] digits before the point. In general the
//! result is the roundest number in the gap, which has at most one bit more than its neighbours. But a
//! run of nodes that are each inserted next to the previous one, in either direction, would need that bit
//! each time. So the digits after the point are taken as blocks. Once a run has used up all values of a
//! block, it continues in a further block of twice the size, and there each node gets the value next to
//! the previous one.

/// The number of digits before the point: 48 bits. Keys start in the middle, so neither end is ever reached.
pub const INTEGER_DIGITS: usize = 12;

/// The maximum number of digits of a new key, which is also the default maximum size of a name in bytes:
/// so the keys of a session take no more space than its names. About four thousand nodes can be inserted,
/// each between the previous two, before a key would be longer.
pub const MAX_DIGITS: usize = 1024;

/// The maximum number of digits of a block, which suffices for a run of 61,000 nodes.
const MAX_BLOCK_DIGITS: usize = 4;

/// The digits before those of every key but 0.
pub const START: &[u8] = &[];

/// The digits after those of every key.
pub const END: &[u8] = &[16];

/// The digits of a number strictly between two others. None if that would take more than [`MAX_DIGITS`],
/// or if both are the same number.
pub fn between(low: &[u8], high: &[u8]) -> Option<Vec<u8>> {
    let fits = |number: &Vec<u8>| {
        is_less(low, number) && is_less(number, high) && number.len() <= MAX_DIGITS
    };
    let continued_runs = [next_upwards(low), next_downwards(high)];
    if let Some(number) = continued_runs.into_iter().flatten().map(canonical).find(fits) {
        return Some(number);
    }
    let round = canonical(roundest(low, high)?);
    if round.len() <= low.len().max(high.len()) {
        return Some(round).filter(fits);
    }
    // More digits are needed in any case, so a run may begin a new block.
    let longer = [first_upwards(low), first_downwards(high), Some(round)];
    longer.into_iter().flatten().map(canonical).find(fits)
}

/// The number in the gap that needs the fewest bits.
fn roundest(low: &[u8], high: &[u8]) -> Option<Vec<u8>> {
    let digit = |of: &[u8], at: usize| of.get(at).copied().unwrap_or_default();
    let same = (0..low.len().max(high.len())).find(|at| digit(low, *at) != digit(high, *at))?;
    let mut number: Vec<u8> = (0..same).map(|at| digit(low, at)).collect();
    let high_continues = high.iter().skip(same + 1).any(|digit| *digit > 0);
    let max = digit(high, same) - u8::from(!high_continues);
    if let Some(round) = roundest_digit(digit(low, same) + 1, max) {
        number.push(round);
        return Some(number);
    }
    // The result has the same digit as `low` here, and is larger because of a later digit.
    number.push(digit(low, same));
    number.extend(low.iter().skip(same + 1).take_while(|digit| **digit == 15));
    number.push(roundest_digit(digit(low, number.len()) + 1, 15)?);
    Some(number)
}

/// The digit from `min` to `max`, which are not 0, with the most trailing zero bits.
fn roundest_digit(min: u8, max: u8) -> Option<u8> {
    [8, 4, 2, 1].into_iter().map(|step| min.next_multiple_of(step)).find(|round| *round <= max)
}

/// A block of the digits after the point. Trailing zeros may be absent from the digits.
struct Block {
    start: usize,
    size: usize,
    /// The direction of the run that has begun the block, if one has: [`Self::UP`] or [`Self::DOWN`]. It
    /// is also the value of every digit of the previous block, which the run has used up.
    direction: Option<u8>,
}

impl Block {
    const UP: u8 = 15;
    const DOWN: u8 = 0;

    fn last_of(digits: &[u8]) -> Self {
        let mut block = Self { start: INTEGER_DIGITS, size: 1, direction: None };
        while block.start + block.size < digits.len() {
            let is_all = |wanted: u8| block.of(digits).all(|digit| digit == wanted);
            let used_up = match block.direction {
                None => [Self::UP, Self::DOWN].into_iter().find(|direction| is_all(*direction)),
                Some(direction) => Some(direction).filter(|direction| is_all(*direction)),
            };
            let size = if used_up.is_some() { MAX_BLOCK_DIGITS.min(2 * block.size) } else { 1 };
            block = Self { start: block.start + block.size, size, direction: used_up };
        }
        block
    }

    fn of(&self, digits: &[u8]) -> impl Iterator<Item = u8> {
        let digits = digits.iter().copied().chain(std::iter::repeat(0));
        digits.skip(self.start).take(self.size)
    }

    fn allows(&self, direction: u8) -> bool {
        self.direction.is_none_or(|own| own == direction)
    }
}

/// The next number of an ascending run whose last number is `low`. None if `low` is not in such a run, or
/// if its block is used up.
fn next_upwards(low: &[u8]) -> Option<Vec<u8>> {
    let block = Block::last_of(low);
    let (start, end) = match block.direction {
        _ if low.len() == INTEGER_DIGITS => (0, INTEGER_DIGITS),
        Some(Block::UP) => (block.start, block.start + block.size),
        _ => return None,
    };
    let mut next = low.to_vec();
    next.resize(end, 0);
    let risen = start + next.iter().skip(start).rposition(|digit| *digit < 15)?;
    next.get_mut(risen..)?.fill(0);
    *next.get_mut(risen)? = low.get(risen).copied().unwrap_or_default() + 1;
    Some(next)
}

/// The next number of a descending run whose last number is `high`. None if `high` is not in such a run,
/// or if its block is used up.
fn next_downwards(high: &[u8]) -> Option<Vec<u8>> {
    let block = Block::last_of(high);
    if block.direction != Some(Block::DOWN) {
        return None;
    }
    let mut next = high.to_vec();
    next.resize(block.start + block.size, 0);
    let fallen = block.start + next.iter().skip(block.start).rposition(|digit| *digit > 0)?;
    next.get_mut(fallen..)?.fill(15);
    *next.get_mut(fallen)? = high.get(fallen)? - 1;
    Some(next)
}

/// The first number of the next block of an ascending run, if the run has used up its block. It is not
/// the smallest one, so that nodes can be inserted before it.
fn first_upwards(low: &[u8]) -> Option<Vec<u8>> {
    let block = Block::last_of(low);
    let is_used_up = low.len() > INTEGER_DIGITS && block.of(low).all(|digit| digit == 15);
    (is_used_up && block.allows(Block::UP)).then(|| [low, &[1]].concat())
}

/// The first number of the next block of a descending run, if the run has used up its block.
fn first_downwards(high: &[u8]) -> Option<Vec<u8>> {
    let block = Block::last_of(high);
    let zeros = vec![0; block.size];
    let is_used_up = block.of(high).eq(zeros.iter().skip(1).copied().chain([1]));
    let before = high.get(..block.start)?;
    (is_used_up && block.allows(Block::DOWN)).then(|| [before, &zeros, &[15]].concat())
}

/// Whether one number is less than another.
fn is_less(one: &[u8], other: &[u8]) -> bool {
    significant(one) < significant(other)
}

/// The digits without trailing zeros.
fn significant(digits: &[u8]) -> &[u8] {
    let length = digits.iter().rposition(|digit| *digit > 0).map_or(0, |last| last + 1);
    digits.get(..length).unwrap_or_default()
}

/// The number in the form of a key: all digits before the point, and no trailing zeros after it.
fn canonical(mut digits: Vec<u8>) -> Vec<u8> {
    digits.truncate(significant(&digits).len());
    let length = digits.len().max(INTEGER_DIGITS);
    digits.resize(length, 0);
    digits
}
