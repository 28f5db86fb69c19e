using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Labels;

/// <summary>
/// A request names a model that has no container for drops, so there is nothing to classify and nowhere to report that.
/// </summary>
public sealed class NoSuchModelException(ModelName model) : Exception(Explain(model))
{
    /// <summary>The reason for the poison queue.</summary>
    public Refusal Refusal { get; } = new(ErrorCode.ModelNotFound, Explain(model));

    private static string Explain(ModelName model) =>
        $"There is no container '{model.ImagesContainer}'. If '{model}' is spelled correctly, publish the "
        + $"model with 'mme models push FOLDER --name {model}', and then retry the message with 'mme poison retry'.";
}
