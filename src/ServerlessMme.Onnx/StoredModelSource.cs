using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store;

namespace ServerlessMme.Onnx;

/// <summary>Reopens a model in use from the tensor store, if the store has a better form of it.</summary>
/// <param name="freed">As in <see cref="SessionLoader"/>.</param>
internal sealed class StoredModelSource(TensorStore store, StoreKey key, ModelName name,
    Func<CancellationToken, ModelProbe> probe, ILogger logger, Action freed) : ISessionSource
{
    public int Version => store.Version;

    public async Task<LoadedSession?> OpenAsync(LoadedSession current, CancellationToken cancellation)
    {
        try
        {
            var better = await store.ReopenAsync(key, current, probe(cancellation), Report, cancellation);
            if (better is not null)
            {
                freed();
            }

            return better;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Report(exception.Message);
            return null;
        }
    }

    private void Report(string problem) => logger.LogWarning(
        "Model {Model} can't be split to share more computation with other models: {Reason}", name, problem);
}
