namespace ServerlessMme.Architecture.Tests.Samples.Line.Below;

internal sealed class Callee;
