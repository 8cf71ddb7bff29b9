//! Which hexadecimal digits come between two others, with few of them however nodes are put in.
//!
//! The digits are those of a number with a point behind the first twelve. Where nothing is known of what
//! comes next, the roundest number in the gap is taken, which needs one bit more than its neighbours have
//! at the very most. Nodes that come one behind the other, in either direction, would need that bit each
//! time. So where they have used up all that a block of digits has, the next block is twice as long, and
//! in such a block each comes right beside the one before it.

/// Digits in front of the point: 48 bits, from the middle of which both ends are out of reach.
pub const WHOLE: usize = 12;

/// The most digits of a new position, as many as a name may have bytes. A session with the most nodes that
/// it may have takes no more for their positions than for their names. Some four thousand nodes have to be
/// put in, each between the last two, before there is no room for one more.
pub const MAX_DIGITS: usize = 1024;

/// The most digits of a block: room for 61,000 nodes, one behind the other.
const MAX_BLOCK: usize = 4;

/// What stands before all positions but the number 0.
pub const START: &[u8] = &[];

/// What stands behind all positions.
pub const END: &[u8] = &[16];

/// Digits of a number strictly between two others; None where that would take too many, or where the
/// two are the same number.
pub fn between(low: &[u8], high: &[u8]) -> Option<Vec<u8>> {
    let fits =
        |place: &Vec<u8>| is_less(low, place) && is_less(place, high) && place.len() <= MAX_DIGITS;
    let one_behind_the_other = [next_upwards(low), next_downwards(high)];
    if let Some(place) = one_behind_the_other.into_iter().flatten().map(without_zeros).find(fits) {
        return Some(place);
    }
    let round = without_zeros(roundest(low, high)?);
    if round.len() <= low.len().max(high.len()) {
        return Some(round).filter(fits);
    }
    // More digits are needed in any case.
    let longer = [first_upwards(low), first_downwards(high), Some(round)];
    longer.into_iter().flatten().map(without_zeros).find(fits)
}

/// The one number in the gap that needs the fewest bits.
fn roundest(low: &[u8], high: &[u8]) -> Option<Vec<u8>> {
    let digit = |of: &[u8], at: usize| of.get(at).copied().unwrap_or_default();
    let same = (0..low.len().max(high.len())).find(|at| digit(low, *at) != digit(high, *at))?;
    let mut place: Vec<u8> = (0..same).map(|at| digit(low, at)).collect();
    let goes_on = high.iter().skip(same + 1).any(|digit| *digit > 0);
    let most = digit(high, same) - u8::from(!goes_on);
    if let Some(round) = roundest_digit(digit(low, same) + 1, most) {
        place.push(round);
        return Some(place);
    }
    // It stands behind `low` with the same digit, and that may be followed by anything.
    place.push(digit(low, same));
    place.extend(low.iter().skip(same + 1).take_while(|digit| **digit == 15));
    place.push(roundest_digit(digit(low, place.len()) + 1, 15)?);
    Some(place)
}

/// The digit from `least` to `most`, 0 not among them, with the most zeros at the end of its bits.
fn roundest_digit(least: u8, most: u8) -> Option<u8> {
    [8, 4, 2, 1].into_iter().map(|step| least.next_multiple_of(step)).find(|round| *round <= most)
}

/// Some of the digits behind the point; zeros at the end may be left out.
struct Block {
    start: usize,
    size: usize,
    /// The digit of which the block before consists where this one is longer than one digit: 15 where
    /// numbers go up in it, 0 where they go down.
    direction: Option<u8>,
}

impl Block {
    const UP: u8 = 15;
    const DOWN: u8 = 0;

    fn last_of(digits: &[u8]) -> Self {
        let mut block = Self { start: WHOLE, size: 1, direction: None };
        while block.start + block.size < digits.len() {
            let is_all = |wanted: u8| block.of(digits).all(|digit| digit == wanted);
            let used_up = match block.direction {
                None => [Self::UP, Self::DOWN].into_iter().find(|direction| is_all(*direction)),
                Some(direction) => Some(direction).filter(|direction| is_all(*direction)),
            };
            let size = if used_up.is_some() { MAX_BLOCK.min(2 * block.size) } else { 1 };
            block = Self { start: block.start + block.size, size, direction: used_up };
        }
        block
    }

    fn of(&self, digits: &[u8]) -> impl Iterator<Item = u8> {
        let digits = digits.iter().copied().chain(std::iter::repeat(0));
        digits.skip(self.start).take(self.size)
    }

    fn may_go(&self, direction: u8) -> bool {
        self.direction.is_none_or(|own| own == direction)
    }
}

/// The number right after one of those that go up.
fn next_upwards(low: &[u8]) -> Option<Vec<u8>> {
    let block = Block::last_of(low);
    let (start, end) = match block.direction {
        _ if low.len() == WHOLE => (0, WHOLE),
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

/// The number right before one of those that go down.
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

/// The first number of a longer block, where those that go up have used up theirs. It leaves some room
/// before it, for those that come there.
fn first_upwards(low: &[u8]) -> Option<Vec<u8>> {
    let block = Block::last_of(low);
    let is_used_up = low.len() > WHOLE && block.of(low).all(|digit| digit == 15);
    (is_used_up && block.may_go(Block::UP)).then(|| [low, &[1]].concat())
}

/// The first number of a longer block, where those that go down have used up theirs.
fn first_downwards(high: &[u8]) -> Option<Vec<u8>> {
    let block = Block::last_of(high);
    let zeros = vec![0; block.size];
    let is_used_up = block.of(high).eq(zeros.iter().skip(1).copied().chain([1]));
    let before = high.get(..block.start)?;
    (is_used_up && block.may_go(Block::DOWN)).then(|| [before, &zeros, &[15]].concat())
}

/// Whether one number is below another.
fn is_less(one: &[u8], other: &[u8]) -> bool {
    significant(one) < significant(other)
}

/// The digits without zeros at the end.
fn significant(digits: &[u8]) -> &[u8] {
    let length = digits.iter().rposition(|digit| *digit > 0).map_or(0, |last| last + 1);
    digits.get(..length).unwrap_or_default()
}

/// The same number as a position has it: all digits in front of the point, no zeros at the end behind it.
fn without_zeros(mut digits: Vec<u8>) -> Vec<u8> {
    digits.truncate(significant(&digits).len());
    let length = digits.len().max(WHOLE);
    digits.resize(length, 0);
    digits
}
