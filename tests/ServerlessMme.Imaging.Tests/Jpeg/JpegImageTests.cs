using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Jpeg;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Jpeg;

public sealed class JpegImageTests
{
    private const int Mutants = 200_000;

    [Theory]
    [InlineData("444-q90.jpg")]
    [InlineData("422-q90.jpg")]
    [InlineData("420-q90.jpg")]
    [InlineData("420-restart.jpg")]
    [InlineData("grey-q90.jpg")]
    [InlineData("optimised.jpg")]
    [InlineData("no-jfif.jpg")]
    [InlineData("profile.jpg")]
    [InlineData("orientation-6.jpg")]
    public void Plain_files_are_decoded_here(string file)
    {
        SkipWithoutVectors();
        Assert.NotNull(Decoded.Here(Vectors.File(file)));
    }

    [Theory]
    [InlineData("420-progressive-q95.jpg")]
    [InlineData("420-16-bit-tables.jpg")]
    [InlineData("411-restart.jpg")]
    [InlineData("440-restart.jpg")]
    [InlineData("adobe-rgb.jpg")]
    [InlineData("components-named-rgb.jpg")]
    [InlineData("cmyk-q95.jpg")]
    [InlineData("ycck.jpg")]
    public void Other_files_are_left_to_the_library(string file) => Assert.Null(Decoded.Here(Vectors.File(file)));

    [Fact]
    public void A_file_that_is_cut_anywhere_is_left_to_the_library()
    {
        foreach (var file in new[] { "420-restart.jpg", "444-q50.jpg", "grey-restart.jpg" })
        {
            var bytes = Vectors.File(file);
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.True(Decoded.Here(bytes.AsSpan(0, length)) is null, $"{file}: {length} of {bytes.Length} bytes");
            }
        }
    }

    [Theory]
    [InlineData(65_500, true)]
    [InlineData(65_501, false)]
    public void A_side_is_no_longer_than_the_library_takes(int height, bool isTaken)
    {
        SkipWithoutVectors();
        var bytes = Vectors.File("grey-q90.jpg");
        var frame = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(frame + 5), (ushort)height);
        using var image = Given.Image(bytes);
        using var opened = JpegImage.TryOpen(image, ImageOrientation.Stored);
        Assert.Equal(isTaken, opened is not null);
    }

    [Fact]
    public void More_tables_than_any_encoder_writes_are_left_to_the_library()
    {
        var bytes = Vectors.File("grey-q90.jpg");
        var tables = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC4]);
        var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(tables + 2));
        var segment = bytes[tables..(tables + length)];
        var repeated = Enumerable.Repeat(segment, 40).SelectMany(part => part);
        Assert.Null(Decoded.Here([.. bytes[..tables], .. repeated, .. bytes[tables..]]));
    }

    [Fact]
    public void A_table_that_the_library_calls_bogus_is_left_to_it()
    {
        var bytes = Vectors.File("grey-q90.jpg");
        var tables = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC4]);
        // The last symbol of the table of first coefficients, which few images have.
        bytes[tables + 5 + 16 + 11] = 0x1B;
        Assert.Null(Decoded.Here(bytes));
        Assert.NotNull(Given.Refusal(bytes));
    }

    [Fact]
    public void Restart_markers_in_another_order_are_left_to_the_library()
    {
        var bytes = Vectors.File("420-restart.jpg");
        var at = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD1]);
        bytes[at + 1] = 0xD2;
        Assert.Null(Decoded.Here(bytes));
    }

    [Fact]
    public void Nothing_is_decoded_here_that_the_library_refuses()
    {
        SkipWithoutVectors();
        var files = Vectors.Images().Where(vector => vector.File.EndsWith(".jpg", StringComparison.Ordinal));
        var mutator = new Mutator(seed: 11, [.. files.Select(vector => Vectors.File(vector.File))]);
        var decoded = 0;
        for (var i = 0; i < Mutants; i++)
        {
            var bytes = mutator.Next();
            var orientation = i % 2 == 0 ? ImageOrientation.Stored : ImageOrientation.Exif;
            if (Decoded.Here(bytes, orientation) is not { } pixels)
            {
                continue;
            }

            decoded++;
            using var image = Given.Image(bytes);
            using var library = SkiaImage.TryOpen(image, ImageFormat.Jpeg, orientation);
            Assert.True(library is not null && Decoded.Pixels(library)?.Length == pixels.Length, $"mutant {i}");
            using var own = JpegImage.TryOpen(image, orientation);
            Assert.Equal((library.Width, library.Height), (own!.Width, own.Height));
        }

        Assert.InRange(decoded, Mutants / 100, Mutants);
    }

    [Fact]
    public void Images_that_are_open_at_once_have_tables_of_their_own()
    {
        SkipWithoutVectors();
        var names = new[] { "420-q50.jpg", "optimised.jpg" };
        var alone = names.Select(name => Decoded.Here(Vectors.File(name))).ToArray();
        using var first = Given.Image(Vectors.File(names[0]));
        using var second = Given.Image(Vectors.File(names[1]));
        using var openFirst = JpegImage.TryOpen(first, ImageOrientation.Stored);
        using var openSecond = JpegImage.TryOpen(second, ImageOrientation.Stored);
        Assert.Equal(alone[0], Decoded.Pixels(openFirst!));
        Assert.Equal(alone[1], Decoded.Pixels(openSecond!));
    }

    private static void SkipWithoutVectors() =>
        Assert.SkipUnless(Avx2.IsSupported, "This processor lacks AVX2: all images are decoded by the library.");
}
