using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Labels;

/// <summary>
/// A request names a model that is not published and has no container for drops, so its refusals cannot be stored.
/// </summary>
public sealed class NoSuchModelException(ModelName model) : Exception(Explain(model))
{
    /// <summary>The same for the poison queue.</summary>
    public Refusal Refusal { get; } = new(ErrorCode.ModelNotFound, Explain(model));

    private static string Explain(ModelName model) =>
        $"No model '{model}' is published, and there is no container '{model.ImagesContainer}'. Publish it with 'mme "
        + $"models push FOLDER --name {model}', then send the message again with 'mme poison requeue'.";
}
