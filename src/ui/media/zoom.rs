//! How near a picture is looked at, and which part of it.

/// As near as one can come.
const NEAREST: f64 = 8.0;
/// How much larger than it is a picture is drawn at most, when it is seen whole: a few pixels are not blown up to the whole stage.
pub(super) const LARGER: f64 = 4.0;

/// A picture on a stage, at first whole and in the middle. Lengths are in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zoom {
    pub scale: f64,
    /// How far its middle is from the stage's.
    pub x: f64,
    pub y: f64,
}

/// Where a picture is looked at, and how large it is there when it is seen whole. In CSS pixels.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    stage: (f64, f64),
    drawn: (f64, f64),
}

impl Room {
    /// Of a picture of this size, as large as the stage and its own pixels let it be. What has no size (yet) takes all of the stage.
    #[must_use]
    pub fn of((width, height): (f64, f64), picture: (f64, f64)) -> Self {
        let fits = (width / picture.0).min(height / picture.1);
        let by = fits.min(LARGER);
        let drawn = if fits.is_finite() { (picture.0 * by, picture.1 * by) } else { (width, height) };
        Self { stage: (width, height), drawn }
    }
}

impl Zoom {
    pub const WHOLE: Self = Self { scale: 1.0, x: 0.0, y: 0.0 };

    /// So many times nearer, around a point that is so far from the stage's middle.
    #[must_use]
    pub fn nearer(self, times: f64, (x, y): (f64, f64), room: Room) -> Self {
        let scale = (self.scale * times).clamp(1.0, NEAREST);
        let by = scale / self.scale;
        Self { scale, x: x - (x - self.x) * by, y: y - (y - self.y) * by }.within(room)
    }

    /// Moved, as far as there is something to see.
    #[must_use]
    pub fn moved(self, (right, down): (f64, f64), room: Room) -> Self {
        Self { x: self.x + right, y: self.y + down, ..self }.within(room)
    }

    fn within(self, Room { stage, drawn }: Room) -> Self {
        let limit = |at: f64, drawn: f64, stage: f64| {
            let most = ((drawn * self.scale - stage) / 2.0).max(0.0);
            at.clamp(-most, most)
        };
        Self { x: limit(self.x, drawn.0, stage.0), y: limit(self.y, drawn.1, stage.1), ..self }
    }

    /// It is seen whole.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.scale <= 1.0
    }

    /// As a style.
    #[must_use]
    pub fn transform(self) -> String {
        format!("translate({:.1}px, {:.1}px) scale({:.3})", self.x, self.y, self.scale)
    }
}
