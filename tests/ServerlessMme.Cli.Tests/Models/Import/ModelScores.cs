using System.Buffers;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;

namespace ServerlessMme.Cli.Tests.Models.Import;

/// <summary>Scores an image with a model folder, by the app's own code.</summary>
internal static class ModelScores
{
    private static readonly ModelName Name = ModelName.Parse("imported").Value;

    /// <summary>The scores; a refusal's message when the model or the image is refused.</summary>
    public static async Task<(float[] Scores, string? Refusal)> OfAsync(
        string folder, string imagePath, CancellationToken cancellationToken)
    {
        using var host = LocalHost.Build(FolderModelCatalog.Of(Name, folder));
        var descriptor = await host.Services.GetRequiredService<IModelCatalog>().FindAsync(Name, cancellationToken);
        var loader = host.Services.GetRequiredService<ModelLoader>();
        if (!(await loader.LoadAsync(descriptor!, cancellationToken)).TryGet(out var model, out var refusal))
        {
            return ([], refusal.Message);
        }

        using var backend = model.Backend;
        using var image = Read(imagePath);
        using var tensors = new TensorBatch(model.Manifest.Input, 1);
        var preprocessor = host.Services.GetRequiredService<IImagePreprocessor>();
        var input = model.Manifest.Input;
        if (await preprocessor.FillAsync(image, input, tensors, 0, CancellationToken.None) is { } unreadable)
        {
            return ([], unreadable.Message);
        }

        var outcomes = await backend.ScoreAsync(new ImageBatch([image], tensors), cancellationToken);
        return outcomes[0].TryGet(out var scores, out refusal) ? (scores, null) : ([], refusal.Message);
    }

    private static EncodedImage Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented, 0);
        var reference = new ImageReference(null, Path.GetFileName(path), null, bytes.Length);
        return new EncodedImage(reference, rented, bytes.Length);
    }
}
