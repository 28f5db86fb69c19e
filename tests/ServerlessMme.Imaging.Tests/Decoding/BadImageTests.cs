using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Decoding;

public sealed class BadImageTests
{
    [Fact]
    public void An_empty_file_is_refused_as_empty()
    {
        Check(Given.Refusal([]), ErrorCode.EmptyImage, "Image 'a.jpg' is empty");
    }

    [Fact]
    public void Text_is_refused_as_no_image()
    {
        Check(Given.Refusal("hello, world"u8), ErrorCode.NotAnImage, "68656c6c6f2c2077");
    }

    [Fact]
    public void Text_that_begins_like_a_bitmap_is_refused_as_no_image()
    {
        Check(Given.Refusal("BM is a fine company, they say"u8), ErrorCode.NotAnImage, "not an image");
    }

    [Theory]
    [InlineData("4949 2A00 0800 0000", "TIFF")]
    [InlineData("0000 0018 6674 7970 6865 6963 0000 0000", "HEIC")]
    [InlineData("0000 0018 6674 7970 6D69 6631 0000 0000", "HEIC")]
    [InlineData("0000 001C 6674 7970 6176 6966 0000 0000", "AVIF")]
    [InlineData("0000 0018 6674 7970 6D69 6631 0000 0000 6D69 6166 6176 6966", "AVIF")]
    [InlineData("0000 0018 6674 7970 6D69 6631 0000 0000 6D69 6631 6865 6963", "HEIC")]
    [InlineData("FFFF FFFF 6674 7970 6D69 6631 0000 0000 6D69 6631 61", "HEIC")]
    [InlineData("2550 4446 2D31 2E37", "PDF")]
    [InlineData("3C3F 786D 6C20 3F3E 3C73 7667 20", "SVG")]
    [InlineData("0000 0100 0100 1010", "ICO")]
    [InlineData("FF0A 0000", "JPEG XL")]
    public void A_format_that_is_not_decoded_is_named(string bytes, string format)
    {
        var refusal = Given.Refusal(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        Check(refusal, ErrorCode.UnsupportedFormat, $"has the unsupported format {format}");
        Assert.Contains("Convert it to JPEG", refusal!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("heic", "*.heic")]
    [InlineData("heix", "*.heic")]
    [InlineData("mif1", "*.heic")]
    [InlineData("avif", "*.avif")]
    [InlineData("avis", "*.avif")]
    public void A_phones_photograph_is_refused_with_the_command_that_converts_a_folder(string brand, string files)
    {
        var refusal = Given.Refusal(Encoding.ASCII.GetBytes($"\0\0\0\u0010ftyp{brand}\0\0\0\0"));

        Check(refusal, ErrorCode.UnsupportedFormat, $"`magick mogrify -format jpg {files}` converts a folder.");
    }

    [Theory]
    [InlineData("504B 0304 1400 0000", "a ZIP archive", "Drop it separately, under a name that ends in .zip")]
    [InlineData("504B 0506 0000 0000", "a ZIP archive", "Nested archives aren't opened.")]
    [InlineData("1F8B 0800 0000 0000", "a gzip archive", "Nested archives aren't opened.")]
    [InlineData("377A BCAF 271C 0004", "a 7z archive", "Extract it, and drop the JPEG")]
    [InlineData("5261 7221 1A07 0100", "a RAR archive", "Archives in this format aren't opened.")]
    public void An_archive_is_refused_with_what_to_do(string bytes, string archive, string wayOut)
    {
        var refusal = Given.Refusal(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));

        Check(refusal, ErrorCode.NotAnImage, $"is {archive}, not an image. ");
        Assert.Contains(wayOut, refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tar_file_is_refused_as_an_archive()
    {
        var tar = new byte[1024];
        "ustar"u8.CopyTo(tar.AsSpan(257));

        Check(Given.Refusal(tar), ErrorCode.NotAnImage, "is a tar archive");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(26)]
    [InlineData(27)]
    [InlineData(28)]
    [InlineData(29)]
    public void A_PNG_with_a_broken_header_is_damaged_whatever_size_it_seems_to_have(int at)
    {
        // 0: the first chunk is another one. 29: only the checksum is wrong. 16: a width below zero.
        var png = Given.PngOf(0x7000_0000, 0x7000_0000);
        if (at == 0)
        {
            png = [.. png[..8], .. "\0\0\0\u0004gAMA"u8, .. png[8..]];
        }
        else
        {
            png[at] ^= 0x80;
            Given.MendHeader(png, at == 29 ? (byte)1 : (byte)0);
        }

        Check(Given.Refusal(png), ErrorCode.TruncatedImage, "has a header that cannot be read");
    }

    [Fact]
    public void A_PNG_without_pixels_is_damaged()
    {
        Check(Given.Refusal(Given.PngOf(0, 0x7000_0000)), ErrorCode.TruncatedImage, "header that cannot be read");
    }

    [Fact]
    public void A_video_is_no_image()
    {
        Check(Given.Refusal("\0\0\0\u0018ftypisom\0\0\0\0"u8), ErrorCode.NotAnImage, "0000001866747970");
    }

    // As far as Pillow refuses it too: it needs a JPEG's last marker, yet not a PNG's last chunks.
    [Theory]
    [InlineData("420-130x70.jpg", 1)]
    [InlineData("420-progressive-q95.jpg", 1)]
    [InlineData("grey-q50.jpg", 1)]
    [InlineData("cmyk-q75.jpg", 1)]
    [InlineData("rgb.png", 22)]
    [InlineData("rgb-interlaced.png", 22)]
    [InlineData("palette-16.png", 22)]
    [InlineData("lossy.webp", 1)]
    [InlineData("lossless.webp", 1)]
    [InlineData("lossy-alpha.webp", 1)]
    [InlineData("animated.webp", 1)]
    [InlineData("orientation-6.webp", 1)]
    [InlineData("plain.gif", 3)]
    [InlineData("not-interlaced.gif", 3)]
    [InlineData("rgb.bmp", 2)]
    public void A_file_that_is_cut_anywhere_is_refused_as_truncated(string file, int missing)
    {
        var whole = Vectors.File(file);
        for (var length = 20; length <= whole.Length - missing; length++)
        {
            Check(Given.Refusal(whole.AsSpan(0, length)), ErrorCode.TruncatedImage, "Drop an intact copy");
        }
    }

    [Fact]
    public void A_header_of_60_000_by_60_000_pixels_is_refused_before_memory_is_taken()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Given.Refusal(Given.PngOf(60_000, 60_000), name: "bomb.png");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 * 1024);
        Check(refusal, ErrorCode.TooManyPixels, "Image 'bomb.png' has 60,000 × 60,000 pixels; the limit is");
    }

    [Fact]
    public void The_limit_of_pixels_is_inclusive()
    {
        var file = Vectors.File("420-130x70.jpg");
        Assert.Null(Given.Refusal(file, new ImagingOptions { MaxPixels = 130 * 70 }));
        var refusal = Given.Refusal(file, new ImagingOptions { MaxPixels = (130 * 70) - 1 });
        Check(refusal, ErrorCode.TooManyPixels, "130 × 70");
    }

    [Fact]
    public void An_image_that_would_take_too_much_memory_is_refused()
    {
        var options = new ImagingOptions { MaxDecodedBytes = 45 * 37 * 4 };
        Assert.Null(Given.Refusal(Vectors.File("rgb.png"), options));
        Assert.Null(Given.Refusal(Vectors.File("420-q90.jpg"), options));
        Check(
            Given.Refusal(Vectors.File("420-progressive-q95.jpg"), options),
            ErrorCode.TooManyPixels, "set Mme:Images:MaxDecodedBytes to ");
    }

    [Fact]
    public void A_name_from_outside_is_made_fit_for_one_line()
    {
        Check(Given.Refusal([], name: "a\r\nb\u001b[31m.jpg"), ErrorCode.EmptyImage, @"'a\u000d\u000ab\u001b[31m.jpg'");
    }

    private static void Check(Refusal? refusal, ErrorCode code, string part)
    {
        Assert.NotNull(refusal);
        Assert.Equal((code, true), (refusal.Code, refusal.Message.Contains(part, StringComparison.Ordinal)));
    }
}
