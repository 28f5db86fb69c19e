using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Onnx.Tests.Models;

/// <summary>Loads models and asks them, as the pipeline does.</summary>
internal static class Loading
{
    /// <summary>A load that may take what it wants.</summary>
    public static LoadAllowance Allowance { get; } = new(TimeSpan.FromMinutes(1), long.MaxValue);

    public static ModelDescriptor Descriptor(string name = "tiny") => new(ModelName.Parse(name).Value, "0x1", 0);

    public static async Task<Outcome<IBackend>> LoadAsync(
        byte[] onnx, Manifest? manifest = null, OnnxOptions? options = null)
    {
        using var folder = new TemporaryFolder();
        return await new OnnxBackendFactory(options ?? new OnnxOptions()).LoadAsync(folder, onnx, manifest);
    }

    public static async Task<Outcome<IBackend>> LoadAsync(
        this OnnxBackendFactory factory, TemporaryFolder folder, byte[] onnx, Manifest? manifest = null)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(onnx));
        var files = new ModelFiles("", folder.Write($"{digest}/model.onnx", onnx), $"sha256:{digest}");
        return await factory
            .CreateAsync(Descriptor(), files, manifest ?? Manifests.Of(), Allowance, CancellationToken.None)
            .WaitAsync(TimeSpan.FromMinutes(1));
    }

    public static async Task<string> RefusalAsync(
        byte[] onnx, Manifest? manifest = null, OnnxOptions? options = null)
    {
        var outcome = await LoadAsync(onnx, manifest, options);
        Assert.NotNull(outcome.Refusal);
        Assert.Equal(ErrorCode.InvalidModel, outcome.Refusal.Code);
        Assert.DoesNotContain(Path.GetTempPath(), outcome.Refusal.Message, StringComparison.Ordinal);
        Assert.Contains("model.onnx of model 'tiny'", outcome.Refusal.Message, StringComparison.Ordinal);
        return outcome.Refusal.Message;
    }

    /// <summary>Scores rows of values; each row is one image.</summary>
    public static async Task<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
        this IBackend backend, Manifest manifest, CancellationToken cancellationToken, params float[][] rows)
    {
        using var tensors = new TensorBatch(manifest.Input, Math.Max(1, rows.Length));
        for (var i = 0; i < rows.Length; i++)
        {
            if (manifest.Input.Type == TensorType.Float32)
            {
                rows[i].CopyTo(MemoryMarshal.Cast<byte, float>(tensors.Row(i)));
            }
            else
            {
                Array.ConvertAll(rows[i], value => (byte)value).CopyTo(tensors.Row(i));
            }
        }

        var images = rows.Select((_, i) =>
            new EncodedImage(new ImageReference("images-tiny", $"{i}.png", "1", 1), ArrayPool<byte>.Shared.Rent(1), 1));
        return await backend.ScoreAsync(new ImageBatch([.. images], tensors), cancellationToken);
    }

    public static Task<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
        this IBackend backend, Manifest manifest, params float[][] rows) =>
        backend.ScoreAsync(manifest, CancellationToken.None, rows);

    /// <summary>Scores one image.</summary>
    public static async Task<float[]> SingleAsync(this IBackend backend, Manifest manifest, float[] row) =>
        Assert.Single(await backend.ScoreAsync(manifest, row)).Value;

    /// <summary>An image of 4 × 2 pixels with one value a channel, channels first.</summary>
    public static float[] Flat(float red, float green, float blue) =>
        [.. Enumerable.Repeat(red, 8), .. Enumerable.Repeat(green, 8), .. Enumerable.Repeat(blue, 8)];
}
