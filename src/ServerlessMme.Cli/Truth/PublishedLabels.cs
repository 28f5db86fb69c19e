using Azure;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.Truth;

/// <summary>The labels of a published model, if they can be read.</summary>
/// <param name="Labels">Null if they are unknown.</param>
/// <param name="Why">Why they are unknown, as a sentence; null if they are known.</param>
internal sealed record PublishedLabels(IReadOnlyList<string>? Labels, string? Why)
{
    /// <summary>Reads the manifest. An identity that may only write correct labels can't read it.</summary>
    /// <exception cref="CommandException">There is no model with this name, and no container of images.</exception>
    public static async Task<PublishedLabels> ReadAsync(
        IServiceProvider services, ModelName model, CancellationToken cancellationToken)
    {
        var catalog = services.GetRequiredService<IModelCatalog>();
        try
        {
            if (await catalog.FindAsync(model, cancellationToken) is not { } descriptor)
            {
                return await ExplainMissingAsync(services, model, cancellationToken);
            }

            if (descriptor.Members is not null)
            {
                return new PublishedLabels(null, $"'{model}' is a group, and each member has its own labels.");
            }

            if (!(await catalog.FetchAsync(descriptor, cancellationToken)).TryGet(out var files, out var refusal))
            {
                return new PublishedLabels(null, $"{refusal.Code}: {refusal.Message}");
            }

            var json = await File.ReadAllBytesAsync(files.ManifestPath, cancellationToken);
            return ManifestReader.Read(model, json).TryGet(out var manifest, out refusal)
                ? new PublishedLabels(manifest.Labels, null)
                : new PublishedLabels(null, $"{refusal.Code}: {refusal.Message}");
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            return new PublishedLabels(null, "This identity is not allowed to read the model.");
        }
    }

    private static async Task<PublishedLabels> ExplainMissingAsync(
        IServiceProvider services, ModelName model, CancellationToken cancellationToken) =>
        await services.GetRequiredService<StorageAccount>().ImagesOf(model).ExistsAsync(cancellationToken)
            ? new PublishedLabels(null, $"No model '{model}' is published yet.")
            : throw new CommandException(
                ExitCodes.NotFound,
                $"No model '{model}' is published, and there is no container {model.ImagesContainer}. 'mme models "
                + "list' lists the published models. To store the labels anyway, use --force.");
}
