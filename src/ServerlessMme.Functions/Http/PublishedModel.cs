using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Functions.Http;

/// <summary>Finds the published model that a route names.</summary>
internal static class PublishedModel
{
    /// <exception cref="TimeoutException">Storage did not answer in time.</exception>
    public static async Task<Outcome<ModelDescriptor>> FindAsync(
        HttpRequest request, IModelCatalog catalog, TimeProvider time, CancellationToken cancellationToken)
    {
        var text = request.HttpContext.GetRouteValue("model") as string;
        if (!ModelName.Parse(text).TryGet(out var name, out var refusal))
        {
            return refusal;
        }

        return await StorageAnswers.ReadAsync(
            stopping => catalog.FindAsync(name, stopping), time, cancellationToken) is { } model
            ? model
            : new Refusal(
                ErrorCode.ModelNotFound,
                $"No model '{name}' is published. Publish it with 'mme models push FOLDER --name {name}'.");
    }
}
