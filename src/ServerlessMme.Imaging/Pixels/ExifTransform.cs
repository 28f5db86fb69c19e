namespace ServerlessMme.Imaging.Pixels;

/// <summary>How stored pixels are turned upright, as Pillow's <c>ImageOps.exif_transpose</c> does.</summary>
/// <param name="Transposed">True if rows become columns.</param>
/// <param name="FromBottom">True if stored rows are taken from last to first.</param>
/// <param name="FromRight">True if stored columns are taken from last to first.</param>
internal readonly record struct ExifTransform(bool Transposed, bool FromBottom, bool FromRight)
{
    /// <param name="orientation">1 to 8, as in EXIF data. Other values leave the image as it is.</param>
    public static ExifTransform Of(int orientation) => orientation switch
    {
        2 => new(false, false, true),
        3 => new(false, true, true),
        4 => new(false, true, false),
        5 => new(true, false, false),
        6 => new(true, true, false),
        7 => new(true, true, true),
        8 => new(true, false, true),
        _ => default,
    };
}
