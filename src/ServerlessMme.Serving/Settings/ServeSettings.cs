using System.Net;

namespace ServerlessMme.Serving.Settings;

/// <summary>Where the server listens, and where its models are.</summary>
/// <param name="ModelsFolder">Folder of models; null takes storage.</param>
/// <param name="Storage">Connection string; null takes the settings'.</param>
/// <param name="Aliases">Further names of models, as <c>name=model</c>.</param>
public sealed record ServeSettings(
    IPAddress Address, int Port, string? ModelsFolder, string? Storage, IReadOnlyDictionary<string, string> Aliases)
{
    /// <summary>Where SageMaker puts the models of a multi-model container.</summary>
    public const string SageMakerFolder = "/opt/ml/models";
}
