using ServerlessMme.Architecture.Tests.Samples.Line.Below;

namespace ServerlessMme.Architecture.Tests.Samples.Line.Above;

internal sealed class Caller
{
    public static Callee New() => new();
}
