using System.Net;
using System.Text;
using ServerlessMme.SageMaker.Runtime;

namespace ServerlessMme.SageMaker.Tests.Policy;

/// <summary>An endpoint in memory that does what it is told to for the n-th call.</summary>
internal sealed class ScriptedRuntime(Func<int, CancellationToken, Task<InvokeEndpointResponse>> script)
    : IAmazonSageMakerRuntime
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public static Task<InvokeEndpointResponse> Good()
    {
        var body = new MemoryStream();
        body.Write(Encoding.UTF8.GetBytes(Support.Remote.Predictions));
        return Task.FromResult(new InvokeEndpointResponse { Body = body });
    }

    public static Task<InvokeEndpointResponse> NotReady() => Task.FromException<InvokeEndpointResponse>(
        new ModelNotReadyException("Loading.", null, "ModelNotReadyException", "1", HttpStatusCode.TooManyRequests));

    public static Task<InvokeEndpointResponse> Unavailable() => Task.FromException<InvokeEndpointResponse>(
        new ServiceUnavailableException("Later.", null, "ServiceUnavailable", "1", HttpStatusCode.ServiceUnavailable));

    public static async Task<InvokeEndpointResponse> Never(CancellationToken cancellationToken)
    {
        await new TaskCompletionSource<InvokeEndpointResponse>().Task.WaitAsync(cancellationToken);
        throw new InvalidOperationException("Unreachable.");
    }

    public Task<InvokeEndpointResponse> InvokeEndpointAsync(
        InvokeEndpointRequest request, CancellationToken cancellationToken = default) =>
        script(Interlocked.Increment(ref _calls) - 1, cancellationToken);
}
