using System.Diagnostics;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Decoding;

// Alone, since memory of the whole process is measured.
[CollectionDefinition(nameof(HostileImageTests), DisableParallelization = true)]
[Collection(nameof(HostileImageTests))]
public sealed class HostileImageTests
{
    private const long MaxPixels = 1_000_000;

    private static readonly ErrorCode[] s_codesForDamage =
        [ErrorCode.NotAnImage, ErrorCode.UnsupportedFormat, ErrorCode.TruncatedImage, ErrorCode.TooManyPixels];

    private static readonly InputSpec[] s_inputs =
    [
        Given.Input(8, 8),
        Given.Input("""{"width":9,"height":7,"orientation":"exif","resize":{"mode":"letterbox"}}"""),
        Given.Input("""{"width":6,"height":5,"decode":"draft","channels":"grey","resize":{"mode":"shorter-side"}}"""),
        Given.Input("""{"width":7,"height":3,"decode":"draft","resize":{"mode":"cover","filter":"lanczos"}}"""),
        Given.Input("""{"width":3,"height":4,"orientation":"exif","decode":"draft","preset":"keras-vgg16"}"""),
    ];

    // For a longer hunt: seconds to spend, from the environment.
    private static TimeSpan Budget => TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("IMAGING_FUZZ_SECONDS"), out var seconds) ? seconds : 4);

    private static int Seed =>
        int.TryParse(Environment.GetEnvironmentVariable("IMAGING_FUZZ_SEED"), out var seed) ? seed : 8;

    [Fact]
    public void Damaged_files_end_in_a_tensor_or_a_refusal_within_the_limit_of_memory()
    {
        var files = Vectors.Images().Select(vector => Vectors.File(vector.File)).ToArray();
        var mutator = new Mutator(Seed, files);
        var before = Environment.WorkingSet;
        var clock = Stopwatch.StartNew();
        var refusals = new Dictionary<ErrorCode, int>();
        var count = 0;
        for (; clock.Elapsed < Budget; count++)
        {
            var bytes = mutator.Next();
            var image = Stopwatch.StartNew();
            var input = s_inputs[count % s_inputs.Length];
            if (Given.Refusal(bytes, new ImagingOptions { MaxPixels = MaxPixels }, input: input) is { } refusal)
            {
                refusals[refusal.Code] = refusals.GetValueOrDefault(refusal.Code) + 1;
            }

            Assert.True(image.Elapsed < TimeSpan.FromSeconds(5), $"image {count} of seed {Seed} took {image.Elapsed}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} files: {string.Join(", ", refusals)}");
        Assert.All(refusals.Keys, code => Assert.Contains(code, s_codesForDamage));
        Assert.True(Environment.WorkingSet - before < 256L << 20, "memory was not given back");
    }

    [Fact]
    public void A_side_that_would_need_huge_tables_is_refused()
    {
        var refusal = Given.Refusal(Given.PngOf(90_000_000, 1), name: "line.png");
        Assert.Equal(ErrorCode.TooManyPixels, refusal?.Code);
        Assert.Contains("the limit is 65,535 per side", refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_JPEG_that_goes_over_its_pixels_too_often_is_refused()
    {
        var file = Vectors.File("420-progressive-q95.jpg");
        var lastScan = file[file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA])..^2];
        var again = Enumerable.Repeat(lastScan, 101).SelectMany(scan => scan);
        var refusal = Given.Refusal([.. file[..^2], .. again, 0xFF, 0xD9]);
        Assert.Equal(ErrorCode.TooManyPixels, refusal?.Code);
        Assert.Contains("is a JPEG with 11", refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_leaves_less_than_a_kilobyte_of_garbage()
    {
        string[] files =
            ["420-q90.jpg", "rgb.png", "lossy.webp", "plain.gif", "rgb.bmp", "grey-16.png", "orientation-6.jpg"];
        foreach (var file in files)
        {
            var bytes = Vectors.File(file);
            var input = Given.Input("""
                {"width":640,"height":480,"orientation":"exif","decode":"draft","resize":{"mode":"letterbox"}}
                """);
            var tensor = new byte[input.ByteCount];
            var preprocessor = new ImagePreprocessor(new ImagingOptions());
            var garbage = 0L;
            for (var i = 0; i < 40; i++)
            {
                using var image = Given.Image(bytes);
                var before = GC.GetAllocatedBytesForCurrentThread();
                Assert.Null(preprocessor.Fill(image, input, tensor));
                // The smallest of many: the runtime's own work, such as compiling, happens on this thread too.
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                garbage = i == 0 ? allocated : Math.Min(garbage, allocated);
            }

            Assert.True(garbage < 1024, $"{file}: {garbage} bytes");
        }
    }

    [Fact]
    public void Threads_that_share_a_preprocessor_get_the_same_tensors()
    {
        var preprocessor = new ImagePreprocessor(new ImagingOptions());
        var names = Vectors.Images().Select(vector => vector.File).ToArray();
        var wanted = names.Select(name => Hash(preprocessor, name)).ToArray();
        Parallel.For(0, 400, i => Assert.Equal(wanted[i % names.Length], Hash(preprocessor, names[i % names.Length])));
    }

    private static string Hash(ImagePreprocessor preprocessor, string name)
    {
        var input = Given.Input(20, 24);
        using var image = Given.Image(Vectors.File(name));
        var tensor = new byte[input.ByteCount];
        Assert.Null(preprocessor.Fill(image, input, tensor));
        return Vectors.Hash(tensor);
    }
}
