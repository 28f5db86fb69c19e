namespace ServerlessMme.Imaging.Decoding;

/// <summary>The formats that are decoded here.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
    Gif,
    Bmp,
}
