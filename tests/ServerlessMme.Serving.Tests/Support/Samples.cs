using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>The project's sample images, and the labels that <c>mme classify</c> gives them.</summary>
internal static class Samples
{
    public static string ContentTypeOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".png" => "image/png",
        ".webp" => "image/webp",
        _ => "image/jpeg",
    };

    public static string First(string model) =>
        Directory.GetFiles(Repository.Samples(model), "*-1.*").Order(StringComparer.Ordinal).First();

    /// <summary>Labels by image name, each with the score of every class.</summary>
    public static async Task<Dictionary<string, JsonElement>> ClassifyAsync(
        string model, string images, IReadOnlyDictionary<string, string>? environment = null)
    {
        var finished = await MmeProcess.RunAsync(
            null, (environment ?? new Dictionary<string, string>()).Select(pair => (pair.Key, pair.Value)),
            ["classify", images, "--model", model, "--format", "jsonl", "--top", "1000"]);
        return finished.Output.Length == 0
            ? throw new InvalidOperationException(finished.Error)
            : finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .ToDictionary(label => label.GetProperty("image").GetProperty("name").GetString()!);
    }

    /// <summary>Scores in the manifest's order, from a label with every class.</summary>
    public static float[] Scores(JsonElement label) =>
        [.. label.GetProperty("top").EnumerateArray().OrderBy(top => top.GetProperty("index").GetInt32())
            .Select(top => top.GetProperty("score").GetSingle())];

    /// <summary>An image's tensor as a request with one instance, in the layout given.</summary>
    public static async Task<byte[]> InstancesAsync(
        RunningServer server, string model, TensorLayout layout, string file)
    {
        using var acquired = await server.Services.GetRequiredService<ModelCache>()
            .AcquireAsync(ModelName.Parse(model).Value, null, CancellationToken.None);
        var input = acquired.Lease!.Model.Manifest.Input with { Layout = layout };
        var bytes = await File.ReadAllBytesAsync(file);
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented, 0);
        using var image = new EncodedImage(new ImageReference(null, "x", null, 0), rented, bytes.Length);
        using var tensor = new TensorBatch(input, 1);
        Assert.Null(await server.Services.GetRequiredService<IImagePreprocessor>()
            .FillAsync(image, input, tensor, 0, CancellationToken.None));
        using var writer = new SageMaker.Payloads.InstancesWriter(input, int.MaxValue);
        Assert.True(writer.TryAdd(tensor.Row(0)));
        writer.Complete();
        return writer.Text.OpenRead().ToArray();
    }

    /// <summary>Asserts that scores are equal within 1e-5.</summary>
    public static void AssertEqual(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
