using System.Security.Cryptography;
using System.Text.Json;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests;

public sealed class PillowTensorTests
{
    private const string Variable = "PILLOW_TENSORS";

    [Fact]
    public void Tensors_of_real_images_have_the_bits_that_Pillow_and_NumPy_made()
    {
        var files = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(files),
            $"{Variable} names no file that vectors/make_tensors.py wrote for a folder of images.");
        foreach (var file in files!.Split(Path.PathSeparator))
        {
            Check(file);
        }
    }

    private static void Check(string file)
    {
        using var lines = new StreamReader(file);
        using var header = JsonDocument.Parse(lines.ReadLine()!);
        var folder = header.RootElement.GetProperty("folder").GetString()!;
        var input = Given.Input(header.RootElement.GetProperty("input").GetRawText());
        var preprocessor = new ImagePreprocessor(new ImagingOptions());
        var tensor = new byte[input.ByteCount];
        var (equal, other) = (0, new List<string>());
        while (lines.ReadLine() is { } line)
        {
            var (hash, name) = (line[..64], line[65..]);
            using var image = Given.Image(File.ReadAllBytes(Path.Combine(folder, name)), name);
            var refusal = preprocessor.Fill(image, input, tensor);
            if (refusal is null && Convert.ToHexStringLower(SHA256.HashData(tensor)) == hash)
            {
                equal++;
            }
            else
            {
                other.Add($"{name} {refusal?.Message}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Path.GetFileName(file)}: {equal} equal, {other.Count} not");
        Assert.Empty(other);
        Assert.NotEqual(0, equal);
    }
}
