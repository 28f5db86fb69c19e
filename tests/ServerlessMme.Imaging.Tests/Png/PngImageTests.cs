using System.Text;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Png;

public sealed class PngImageTests
{
    private const int Mutants = 60_000;

    public static TheoryData<string> Files() => [.. Names()];

    public static TheoryData<byte, byte> ColorTypes()
    {
        var data = new TheoryData<byte, byte>();
        foreach (var (colors, depths) in new (byte, byte[])[]
            { (0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]) })
        {
            foreach (var depth in depths)
            {
                data.Add(colors, depth);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_that_is_not_interlaced_is_decoded_here_and_equals_the_librarys(string file)
    {
        var png = Vectors.File(file);
        var here = Decoded.Here(png);
        Assert.Equal(file.Contains("interlaced", StringComparison.Ordinal), here is null);
        Assert.True(here is null || here.AsSpan().SequenceEqual(Decoded.ByTheLibrary(png)));
    }

    [Theory]
    [MemberData(nameof(ColorTypes))]
    public void Filters_and_pixels_of_any_value_are_as_the_library_has_them(byte colors, byte depth)
    {
        var random = new Random(7);
        for (var i = 0; i < 60; i++)
        {
            var (width, height) = i < 40 ? (i + 1, random.Next(1, 20)) : (random.Next(1, 3000), random.Next(1, 60));
            var png = PngWriter.Random(random, width, height, depth, colors);
            Check(png, $"{width} x {height}");
            Assert.NotNull(Decoded.Here(png));
        }
    }

    [Fact]
    public void Nothing_is_decoded_here_that_the_library_refuses_or_has_otherwise()
    {
        var mutator = new Mutator(seed: 5, [.. Names().Select(Vectors.File)]);
        var decoded = 0;
        for (var i = 0; i < Mutants; i++)
        {
            decoded += Check(mutator.Next(), $"mutant {i}", (ImageOrientation)(i % 2));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{decoded} of {Mutants} decoded here");
        Assert.InRange(decoded, Mutants / 100, Mutants);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Chunks_that_are_put_before_the_pixels_change_nothing_or_leave_the_file_to_the_library(string file)
    {
        string[] types =
        [
            "acTL", "bKGD", "cHRM", "cICP", "caBX", "eXIf", "fcTL", "fdAT", "gAMA", "hIST", "iCCP", "iTXt", "mDCv",
            "npTc", "oFFs", "pCAL", "pHYs", "PLTE", "sBIT", "sCAL", "sPLT", "sRGB", "tEXt", "tIME", "tRNS", "zTXt",
            "CgBI", "IHDR", "IEND", "teSt", "TeSt", "test", "gAmA", "vpAg", "ab1d",
        ];
        var png = Vectors.File(file);
        var random = new Random(3);
        foreach (var type in types)
        {
            foreach (var length in new[] { 0, 1, 2, 3, 4, 6, 8, 9, 12, 26, 32, 200, 768 })
            {
                var data = new byte[length];
                random.NextBytes(data);
                data.AsSpan(random.Next(length + 1)).Fill((byte)random.Next(9));
                var chunk = PngWriter.Chunk(Encoding.ASCII.GetBytes(type), data);
                var pixels = png.AsSpan().IndexOf("IDAT"u8) - 4;
                Check([.. png[..33], .. chunk, .. png[33..]], $"{type} of {length} after the header");
                Check([.. png[..pixels], .. chunk, .. png[pixels..]], $"{type} of {length} before the pixels");
                Check([.. png[..pixels], .. chunk, .. chunk, .. png[pixels..]], $"two {type} of {length}");
                Check([.. png[..^12], .. chunk, .. png[^12..]], $"{type} of {length} at the end");
            }
        }
    }

    [Fact]
    public void Data_may_be_cut_into_chunks_anywhere()
    {
        var (header, data) = Parts();
        byte[][] bytes = [header, .. data.Select(value => PngWriter.Chunk("IDAT"u8, [value]))];
        Check(PngWriter.Png(bytes), "single bytes");
        for (var at = 2; at < data.Length; at++)
        {
            Assert.NotNull(Decoded.Here(With(data[..at], data[at..])));
            Check(With(data[..at], [], data[at..]), "an empty chunk");
            Check(With([], data[..at], data[at..]), "an empty chunk");
            Check(With(data[..at]), "cut");
            Check(PngWriter.Png(
                header, PngWriter.Chunk("IDAT"u8, data.AsSpan(0, at)), PngWriter.Chunk("tEXt"u8, "a\0b"u8),
                PngWriter.Chunk("IDAT"u8, data.AsSpan(at))), "another chunk between");
        }
    }

    [Fact]
    public void Damaged_data_is_left_to_the_library()
    {
        var (_, data) = Parts();
        Assert.NotNull(Decoded.Here(With(data)));
        Assert.Null(Decoded.Here(With([.. data[..^1], (byte)(data[^1] ^ 1)])));
        Assert.Null(Decoded.Here(With(data[..^5])));
        Assert.Null(Decoded.Here(With(PngWriter.Deflated(new byte[4 * 13]))));
        Assert.Null(Decoded.Here(With(PngWriter.Deflated(new byte[6 * 13]))));
        Assert.Null(Decoded.Here(With(PngWriter.Deflated([5, .. new byte[(5 * 13) - 1]]))));
    }

    [Fact]
    public void A_wrong_checksum_of_pixel_data_is_forgiven_and_any_other_is_not()
    {
        var (header, data) = Parts();
        var pixels = PngWriter.Chunk("IDAT"u8, data);
        pixels[^1] ^= 1;
        Assert.NotNull(Decoded.Here(PngWriter.Png(header, pixels)));
        var text = PngWriter.Chunk("tEXt"u8, "a\0b"u8);
        Assert.NotNull(Decoded.Here(PngWriter.Png(header, text, pixels)));
        text[^1] ^= 1;
        Assert.Null(Decoded.Here(PngWriter.Png(header, text, pixels)));
        header[^1] ^= 1;
        Assert.Null(Decoded.Here(PngWriter.Png(header, pixels)));
    }

    [Fact]
    public void A_window_that_is_smaller_than_the_pixels_is_left_to_the_library()
    {
        foreach (var side in new[] { 15, 16, 60, 300 })
        {
            var data = PngWriter.Deflated(new byte[side * (side + 1)]);
            for (var window = 0; window < 16; window++)
            {
                data[0] = (byte)((window << 4) | 8);
                data[1] = (byte)(31 - (data[0] * 256 % 31));
                var png = PngWriter.Png(PngWriter.Header(side, side, 8, 0), PngWriter.Chunk("IDAT"u8, data));
                var isPlain = window == 7 || (window < 7 && side * (side + 1) <= 1 << (window + 8));
                Assert.Equal(isPlain, Decoded.Here(png) is not null);
                Check(png, $"window {window}");
            }
        }
    }

    [Fact]
    public void Rows_that_are_longer_than_what_is_inflated_at_once_are_decoded()
    {
        var png = PngWriter.Random(new Random(1), 60_000, 3, 16, 6);
        Assert.Equal(Decoded.ByTheLibrary(png), Decoded.Here(png));
    }

    // 1 if it was decoded here, else 0.
    private static int Check(byte[] png, string what, ImageOrientation orientation = ImageOrientation.Stored)
    {
        if (Decoded.Here(png, orientation) is not { } here)
        {
            return 0;
        }

        var library = Decoded.ByTheLibrary(png, orientation);
        Assert.True(library is not null, $"{what}: the library refuses it");
        Assert.True(here.AsSpan().SequenceEqual(library), $"{what}: other pixels");
        return 1;
    }

    // A PNG of 4 x 5 pixels.
    private static (byte[] Header, byte[] Data) Parts()
    {
        var raw = new byte[5 * 13];
        new Random(2).NextBytes(raw);
        for (var y = 0; y < 5; y++)
        {
            raw[y * 13] = (byte)y;
        }

        return (PngWriter.Header(4, 5, 8, 2), PngWriter.Deflated(raw));
    }

    private static byte[] With(params byte[][] data) =>
        PngWriter.Png([Parts().Header, .. data.Select(part => PngWriter.Chunk("IDAT"u8, part))]);

    private static IEnumerable<string> Names() => Vectors.Images()
        .Select(vector => vector.File).Where(file => file.EndsWith(".png", StringComparison.Ordinal));
}
