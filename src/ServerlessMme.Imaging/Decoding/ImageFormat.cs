namespace ServerlessMme.Imaging.Decoding;

/// <summary>The image formats that the app decodes.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
    Gif,
    Bmp,
}
