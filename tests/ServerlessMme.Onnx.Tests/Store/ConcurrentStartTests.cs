using Microsoft.Extensions.Logging.Abstractions;
using ServerlessMme.Onnx.Store;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class ConcurrentStartTests
{
    [Fact(Timeout = 120_000)]
    public async Task Many_may_start_and_end_on_one_store_at_once()
    {
        for (var round = 0; round < 20; round++)
        {
            var folder = Directory.CreateTempSubdirectory("serverless-mme-start-");
            try
            {
                await Parallel.ForEachAsync(Enumerable.Range(0, 64), new ParallelOptions { MaxDegreeOfParallelism = 8 },
                    (_, _) =>
                    {
                        new TensorStore(folder.FullName, 1 << 20, TimeProvider.System, NullLogger.Instance).Dispose();
                        return ValueTask.CompletedTask;
                    });
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }
}
