using ServerlessMme.Architecture.Tests.Samples.Ring.Third;

namespace ServerlessMme.Architecture.Tests.Samples.Ring.Second;

internal sealed class Keeper
{
    public IReadOnlyList<Token> Tokens { get; } = [];
}
