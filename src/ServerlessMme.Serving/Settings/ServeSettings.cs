using System.Net;
using ServerlessMme.Serving.Console.Settings;

namespace ServerlessMme.Serving.Settings;

/// <summary>Where the server listens, and where it finds its models.</summary>
/// <param name="ModelsFolder">Folder that contains model folders; null uses the models in storage.</param>
/// <param name="Storage">Connection string; null uses the one in the settings.</param>
/// <param name="Aliases">Model names by alias, added to those in the settings.</param>
public sealed record ServeSettings(
    IPAddress Address, int Port, string? ModelsFolder, string? Storage, IReadOnlyDictionary<string, string> Aliases)
{
    /// <summary>The console at /console; null for none. It needs the models in storage.</summary>
    public ConsoleSettings? Console { get; init; }

    /// <summary>Folder where SageMaker puts the models of a multi-model container.</summary>
    public const string SageMakerFolder = "/opt/ml/models";
}
