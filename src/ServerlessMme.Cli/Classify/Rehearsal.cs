using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Classify;

/// <summary>
/// Reads the manifest and decodes the first image while the model loads, and discards the result. This gets the code
/// compiled before the classification needs it; compiling takes longer than the work itself.
/// </summary>
internal static class Rehearsal
{
    // Decoding a large image would take longer than compiling the code.
    private const long MaxBytes = 256 << 10;

    /// <summary>Runs the rehearsal. It never fails, because the classification reports any problem.</summary>
    /// <param name="found">The search for the model.</param>
    public static Task RunAsync(
        IServiceProvider services,
        IModelCatalog models,
        Task<ModelDescriptor?> found,
        LocalImage image,
        CancellationToken cancellationToken) => Task.Run(
            async () =>
            {
                try
                {
                    if (await found is { } model)
                    {
                        await DecodeAsync(services, models, model, image, cancellationToken);
                    }
                }
                catch (Exception)
                {
                    // The model or the image cannot be read, or the command has ended.
                }
            },
            cancellationToken);

    private static async Task DecodeAsync(
        IServiceProvider services,
        IModelCatalog models,
        ModelDescriptor model,
        LocalImage image,
        CancellationToken cancellationToken)
    {
        var fetched = await models.FetchAsync(model, cancellationToken);
        if (!fetched.TryGet(out var files, out _) || new FileInfo(image.Path).Length > MaxBytes)
        {
            return;
        }

        var json = await File.ReadAllBytesAsync(files.ManifestPath, cancellationToken);
        if (!ManifestReader.Read(model.Name, json).TryGet(out var manifest, out _))
        {
            return;
        }

        var source = new LocalImageSource(
            [image],
            services.GetRequiredService<WorkingMemory>(),
            services.GetRequiredService<IOptions<ImageOptions>>());
        var read = await source.FetchAsync(model.Name, image.Path, null, cancellationToken);
        using var encoded = read.Image;
        if (encoded is not null)
        {
            using var tensors = new TensorBatch(manifest.Input, 1);
            await services.GetRequiredService<IImagePreprocessor>()
                .FillAsync(encoded, manifest.Input, tensors, 0, cancellationToken);
        }
    }
}
